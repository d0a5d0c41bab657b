import Foundation
import Report
import Score
import Testing
import Training

@Suite struct ReportTests {
    private let recipe = """
        name = "tiny <&>"
        [network]
        embedding = 16
        hidden = 32
        head-width = 16
        [training]
        tokens = 960
        streams = 4
        steps = 8
        parts = 2
        [report]
        validate-every = 320
        """

    private func writeScale(_ path: String, from key: UInt8, notes: Int) throws {
        let messages = (0..<notes).flatMap { i in
            let start = Int64(i) * 200_000_000
            return [(0x90, start), (0x80, start + 150_000_000)].map {
                ChannelMessage(time: $0.1, status: UInt8($0.0), data1: key + UInt8(i % 12), data2: 64)
            }
        }
        try MIDIFile(recording: [(name: "piano", messages: messages)]).write(to: path)
    }

    @Test func aTrainingGetsItsReport() throws {
        let folder = NSTemporaryDirectory() + "continuo-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/music", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for i in 0..<4 { try writeScale("\(folder)/music/\(i).mid", from: UInt8(40 + i), notes: 40 + i) }
        try recipe.write(toFile: folder + "/r.toml", atomically: false, encoding: .utf8)
        var options = Training.Options(output: folder + "/run")
        options.data = [folder + "/music"]
        options.cache = folder + "/cache"
        let outcome = try #require(try Training.run(recipePath: folder + "/r.toml", options))

        let report = try Report(outcome, count: 2, seconds: 3)
        try report.write(outcome, to: folder + "/report")
        #expect(report.continuations.count == outcome.held.pieces.count)
        for piece in report.continuations {
            let cut = try #require(piece.seed.last).time
            #expect(piece.machine.allSatisfy { $0.time >= cut } && piece.composer.allSatisfy { $0.time > cut })
            // Half a scale each: the seed is no longer than what is kept to compare.
            #expect(piece.seed.count { $0.kind == .noteOn } == 15)
        }
        func text(_ name: String) throws -> String {
            try String(contentsOfFile: "\(folder)/report/\(name)", encoding: .utf8)
        }
        let page = try text("index.html")
        #expect(page.contains("tiny &lt;&amp;&gt;") && page.contains("nats a note") && page.contains("time in loops"))
        for match in page.matches(of: /src="([^"]+)"/) {
            let picture = try text(String(match.1))
            #expect(picture.hasPrefix("<svg") && picture.hasSuffix("</svg>\n"))
        }
        for (i, piece) in report.continuations.enumerated() {
            let music = try MIDIFile(path: "\(folder)/report/\(i + 1)-continuo.mid")
            let onsets = music.playedEvents().count { $0.kind == .noteOn }
            #expect(onsets == (piece.seed + piece.machine).count { $0.kind == .noteOn })
            #expect(page.contains("href=\"\(i + 1)-composer.mid\""))
        }
        #expect(page.matches(of: /<img/).count == 1 + 2 * report.continuations.count)
        let loss = try text("loss.svg")
        // Training, three fields, validations.
        #expect(loss.matches(of: /<polyline/).count == 5)
        // The axes begin where the curves do.
        #expect(!loss.contains(">0</text>"))
        let figures = try #require(
            try JSONSerialization.jsonObject(with: Data(text("figures.json").utf8)) as? [String: Any])
        #expect(Set(figures.keys) == ["validation", "continuations", "composers", "copied"])
        // The scales in other keys are in the training set, note by note.
        let copied = try #require((figures["copied"] as? [String: [String: Any]])?["composers"]?["notes"] as? Int)
        #expect(copied >= 12)
    }
}
