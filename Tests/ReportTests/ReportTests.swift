import Foundation
import Kernels
import Network
import Performer
import Report
import Score
import TestSupport
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

    private let chromatic = Array(0..<12 as Range<UInt8>)

    /// The foot is often down before the first note.
    @Test func aPedalFromBeforeTheFirstNoteIsInTheSeed() throws {
        func event(_ seconds: Double, _ kind: PlayedEvent.Kind, _ key: UInt8, _ value: UInt8) -> PlayedEvent {
            PlayedEvent(time: Int64(seconds * 1e9), kind: kind, channel: 0, key: key, value: value)
        }
        let events =
            [event(0.1, .sustain, 0, 0), event(0.2, .sustain, 0, 127)]
            + (0..<50).flatMap {
                [event(0.5 + 0.2 * Double($0), .noteOn, 60, 64), event(0.6 + 0.2 * Double($0), .noteOff, 60, 0)]
            }
        let (seed, rest) = try #require(Report.cut(events, 4))
        for part in [seed, rest] {
            #expect(part.first?.kind == .sustain && part.first?.value == 127)
            #expect(part.count { $0.kind == .sustain } == 1)
        }
        #expect(seed.first?.time == 0 && seed[1].time == 0 && seed[1].kind == .noteOn)
        let lifted = events.prefix(2) + [event(0.3, .sustain, 0, 0)] + events.dropFirst(2)
        #expect(Report.cut(Array(lifted), 4)?.seed.first?.kind == .noteOn)
    }

    @Test func whatCannotBeReadIsToldAndLeftOut() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        try writeScale(from: 40, notes: 40, steps: chromatic, to: folder + "/good.mid")
        try "no MIDI".write(toFile: folder + "/bad.mid", atomically: false, encoding: .utf8)
        var unread: [String] = []
        let kernels = try KernelTable.best()
        let weights = Weights.initial(
            ParameterLayout(.performance(embedding: 8, layers: 1)), seed: 1, embeddingDeviation: 0.3)
        let continuations = try Report.continuations(
            of: [folder + "/bad.mid", folder + "/good.mid"], count: 2, seconds: 2, unread: { unread.append("\($0)") },
            by: {
                (try Mind(Network(weights, kernels: kernels, precision: .fp32), kernels: kernels), ParameterValues())
            })
        #expect(continuations.map(\.name) == ["good.mid"])
        #expect(unread.count == 1 && unread[0].contains("bad.mid"))
    }

    /// In the precision in which the daemon plays, which plays otherwise than fp32.
    @Test func theReportPlaysWhatTheInstrumentPlays() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        try temporary.folder("music")
        for i in 0..<4 {
            try writeScale(from: UInt8(40 + i), notes: 1000 + i, steps: chromatic, to: "\(folder)/music/\(i).mid")
        }
        try recipe.write(toFile: folder + "/r.toml", atomically: false, encoding: .utf8)
        var options = Training.Options(output: folder + "/run")
        options.data = [folder + "/music"]
        options.cache = folder + "/cache"
        let outcome = try #require(try Training.run(recipePath: folder + "/r.toml", options))
        let kernels = try KernelTable.best()
        let weights = try Model.load(outcome.model).weights
        func played(_ precision: WeightPrecision) throws -> [PlayedEvent] {
            try Report.continuations(of: outcome.held.pieces.map(\.name), count: 1, seconds: 100) {
                let network = Network(weights, kernels: kernels, precision: precision)
                return (try Mind(network, kernels: kernels), ParameterValues())
            }[0].machine
        }
        let reported = try Report(outcome, count: 1, seconds: 100).continuations[0].machine
        #expect(try reported == played(WeightPrecision.chosen()))
        #expect(try reported != played(.fp32))
    }

    @Test func aTrainingGetsItsReport() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        try temporary.folder("music")
        for i in 0..<4 {
            try writeScale(from: UInt8(40 + i), notes: 40 + i, steps: chromatic, to: "\(folder)/music/\(i).mid")
        }
        try recipe.write(toFile: folder + "/r.toml", atomically: false, encoding: .utf8)
        var options = Training.Options(output: folder + "/run")
        options.data = [folder + "/music"]
        options.cache = folder + "/cache"
        let outcome = try #require(try Training.run(recipePath: folder + "/r.toml", options))

        let report = try Report(outcome, count: 2, seconds: 3)
        try report.write(outcome, to: folder + "/report")
        // What is written there is no music.
        let said = #expect(throws: TrainingError.self) {
            var skipped: [SkippedFile] = []
            _ = try Corpus.files([folder + "/report"], split: .train, skipped: &skipped)
        }
        #expect("\(try #require(said))".contains("it is the report of a training"))
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
