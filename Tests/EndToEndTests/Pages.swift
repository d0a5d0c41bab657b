import Foundation
import TestSupport

/// The pages of documentation, by their paths in the repository.
enum Pages {
    /// The Markdown files at the top and below the folders that hold documentation.
    static let all: [String] = {
        let top = (try? FileManager.default.contentsOfDirectory(atPath: Repository.path)) ?? []
        let below = ["docs", "Tests", "interop", "presets", "seeds"].flatMap { folder in
            (FileManager.default.enumerator(atPath: Repository.path(folder))?.allObjects ?? [])
                .compactMap { $0 as? String }.map { folder + "/" + $0 }
        }
        return (top + below).filter { $0.hasSuffix(".md") && !$0.contains("/.") }.sorted()
    }()

    static func text(_ path: String) throws -> String { try Repository.text(path) }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: Repository.path(path))
    }
}
