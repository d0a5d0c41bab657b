import Foundation

/// The pages of documentation, by their paths in the repository.
enum Pages {
    static let house = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().appendingPathComponent("../..").standardizedFileURL

    /// The Markdown files at the top and below the folders that hold documentation.
    static let all: [String] = {
        let top = (try? FileManager.default.contentsOfDirectory(atPath: house.path)) ?? []
        let below = ["docs", "Tests", "interop", "presets"].flatMap { folder in
            (FileManager.default.enumerator(atPath: house.appendingPathComponent(folder).path)?.allObjects ?? [])
                .compactMap { $0 as? String }.map { folder + "/" + $0 }
        }
        return (top + below).filter { $0.hasSuffix(".md") && !$0.contains("/.") }.sorted()
    }()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: house.appendingPathComponent(path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: house.appendingPathComponent(path).path)
    }
}
