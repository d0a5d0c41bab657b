import Foundation
import Kernels
import Network
import Representation
import Score
import TestSupport
import Testing
import Training

@Suite struct EvaluationTests {
    private let weights = Weights.initial(performanceLayout(), seed: 3, embeddingDeviation: 0.5)
    /// Foresees the length, the end and the velocity of every note of `writeScale`, but not when and where it begins.
    private var foreseeing: Weights {
        var weights = weights
        let biases = weights.layout.headBiases.map(\.offset)
        for place in [biases[0] + 15, biases[2] + 16] + (128..<256).map({ biases[1] + $0 }) {
            weights.values[place] += 10
        }
        return weights
    }

    /// The trainer's arithmetic and the instrument's one-token steps are two programs; they must agree, from the first
    /// token on, which is predicted from the opening state. The chords are told otherwise in canonical order.
    @Test(arguments: EventOrder.allCases) func nothingButOneTokenSteps(order: EventOrder) throws {
        let folder = try TemporaryFolder()
        try writeMaestro(folder.path)
        try writeChords(12, to: "\(folder.path)/chords.mid")
        let files = ["c.midi", "chords.mid", "f.midi", "a, b.midi"].map { "\(folder.path)/\($0)" }
        var options = Evaluation.Options()
        options.order = order
        let result = try Evaluation.run(foreseeing, on: files, options)
        let network = Network(foreseeing, kernels: try .best(), precision: .fp32)
        #expect(result.list.map(\.name) == files)
        #expect(result.list.map(\.score.notes) == [21, 36, 24, 20])
        for (file, piece) in zip(files, result.list) {
            let steps = try Steps(network, Performance.encode(try MIDIFile(path: file).playedEvents(), order: order))
            for (field, (nats, hits)) in zip(piece.score.fields, zip(steps.nats, steps.hits)) {
                #expect(abs(field.nats - nats) < 1e-4 * nats)
                #expect(field.hits == hits)
            }
            #expect(piece.score.hits == steps.wholeHits)
            #expect(piece.score.fields.map(\.count) == [piece.score.tokens, piece.score.tokens, piece.score.notes])
        }
        #expect(result.pieces == 4 && result.notes == 101)
        #expect(abs(result.nats - result.list.reduce(0) { $0 + $1.score.nats }) < 1e-9)
        #expect(result.hits == result.list.reduce(0) { $0 + $1.score.hits })
        // Every note's end; of its beginning only the velocity.
        #expect(result.list[0].score.hits == 21 && result.list[0].score.fields[2].hits == 21)
    }

    /// What token after token costs, by the obvious way.
    private struct Steps {
        var nats = [0.0, 0.0, 0.0]
        var hits = [0, 0, 0]
        var wholeHits = 0

        init(_ network: Network, _ tokens: [Token]) throws {
            let memory = NetworkMemory(network)
            var tracker = Performance()
            for token in tokens {
                var isHit = true
                for k in 0..<3 where token[k] >= 0 {
                    memory.answer(k, given: token)
                    let mask = tracker.legal(k, given: token, within: .corpus)
                    let legal = (0..<Performance.fields[k].classes).filter(mask.contains)
                    let total = legal.reduce(0) { $0 + exp(Double(memory.logits[$1])) }
                    nats[k] += log(total) - Double(memory.logits[Int(token[k])])
                    if legal.allSatisfy({ memory.logits[$0] <= memory.logits[Int(token[k])] }) {
                        hits[k] += 1
                    } else {
                        isHit = false
                    }
                }
                wholeHits += isHit ? 1 : 0
                tracker.emit(token) { _ in }
                memory.step(token)
            }
        }
    }

    @Test func theOrderOfChordsIsPartOfTheFigures() throws {
        let folder = try TemporaryFolder()
        try writeChords(12, to: "\(folder.path)/chords.mid")
        var options = Evaluation.Options()
        let played = try Evaluation.run(weights, on: [folder.path], options)
        options.order = .canonical
        let canonical = try Evaluation.run(weights, on: [folder.path], options)
        #expect(played.tokens == canonical.tokens && played.notes == canonical.notes)
        #expect(abs(played.natsPerNote - canonical.natsPerNote) > 1e-3)
    }

    /// Bit for bit: neither how pieces are spread over threads and streams nor their company changes what one costs.
    @Test func aPiecesFiguresAreItsOwn() throws {
        let folder = try TemporaryFolder()
        for i in 0..<70 { try writeScale(from: UInt8(30 + i % 40), notes: 3 + 5 * i, to: "\(folder.path)/\(i).mid") }
        func nats(_ threads: Int, _ music: String = "") throws -> [String: UInt64] {
            var options = Evaluation.Options()
            options.threads = threads
            let list = try Evaluation.run(weights, on: [folder.path + music], options).list
            return Dictionary(uniqueKeysWithValues: list.map { ($0.name, $0.score.nats.bitPattern) })
        }
        let all = try nats(2)
        #expect(all.count == 70)
        #expect(try nats(1) == all && nats(3) == all)
        for piece in ["/69.mid", "/12.mid"] {
            #expect(try nats(1, piece)[folder.path + piece] == all[folder.path + piece])
        }
    }

    @Test func reportsTellAll() throws {
        let folder = try TemporaryFolder()
        try writeMaestro(folder.path)
        let result = try Evaluation.run(weights, on: [folder.path])
        let brief = Evaluation.Report(result).table
        #expect(brief.hasPrefix("2 pieces, 47 notes, 94 events in true order"))
        for line in ["shift ", "key ", "velocity ", "event "] { #expect(brief.contains("\n" + line)) }
        #expect(!brief.contains("e.midi"))
        #expect(Evaluation.Report(result, eachPiece: true).table.contains("  \(folder.path)/e.midi\n"))
        let json = try JSONSerialization.jsonObject(
            with: JSONEncoder().encode(Evaluation.Report(result, eachPiece: true)))
        let report = try #require(json as? [String: Any])
        #expect(report["nats_per_note"] as? Double == result.natsPerNote)
        #expect(report["order"] as? String == "true" && report["pieces"] as? Int == 2)
        let pieces = try #require(report["by_piece"] as? [[String: Any]])
        #expect(pieces.map { $0["path"] as? String } == result.list.map(\.name))
        #expect(pieces.map { $0["nats"] as? Double } == result.list.map(\.score.nats))
        let fields = try #require(pieces[0]["fields"] as? [[String: Any]])
        #expect(fields.map { $0["name"] as? String } == ["shift", "key", "velocity"])
        #expect(fields[1]["accuracy"] as? Double == result.list[0].score.fields[1].accuracy)
    }

    /// 20 notes of one velocity: 40 note events, 39 shifts, one velocity.
    @Test func countsEventsOfTheLiterature() throws {
        let folder = try TemporaryFolder()
        try writeScale(from: 60, notes: 20, to: "\(folder.path)/a.mid")
        #expect(try Evaluation.run(weights, on: [folder.path]).performanceRNNEvents == 40 + 39 + 1)
    }

    @Test func filesOfFoldersAndSplits() throws {
        let folder = try TemporaryFolder()
        let maestro = folder.path + "/maestro"
        let other = folder.path + "/other"
        try FileManager.default.createDirectory(atPath: other + "/x", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: maestro, withIntermediateDirectories: true)
        try writeMaestro(maestro)
        for name in ["b.MID", "x/a.midi", "notes.txt"] {
            try "".write(toFile: "\(other)/\(name)", atomically: false, encoding: .utf8)
        }
        var skipped: [SkippedFile] = []
        func files(_ paths: [String], _ split: Maestro.Split) throws -> [String] {
            try Corpus.files(paths, split: split, skipped: &skipped)
        }
        #expect(
            try files([maestro, other], .validation)
                == [maestro + "/e.midi", maestro + "/f.midi", other + "/b.MID", other + "/x/a.midi"])
        #expect(try files([maestro], .train).first == maestro + "/a, b.midi")
        #expect(throws: TrainingError.self) { try files([maestro], .test) }
        #expect(throws: TrainingError.self) { try files([folder.path + "/lost"], .train) }
        #expect(skipped.isEmpty)
    }

    /// Whether the list has no others, or the other files are not there.
    @Test(arguments: [true, false]) func aSplitThatIsNotThereIsNamedBesideThoseThatAre(listed: Bool) throws {
        let folder = try TemporaryFolder()
        for name in ["a.midi", "b.midi"] { try writeScale(from: 60, notes: 9, to: "\(folder.path)/\(name)") }
        let others = listed ? "lost.midi,train\ngone.midi,validation\n" : ""
        _ = try folder.write("midi_filename,split\na.midi,test\nb.midi,test\n" + others, "maestro-v3.0.0.csv")
        var options = Evaluation.Options()
        options.split = .test
        #expect(try Evaluation.run(weights, on: [folder.path], options).pieces == 2)
        options.split = .validation
        let error = #expect(throws: TrainingError.self) { try Evaluation.run(weights, on: [folder.path], options) }
        #expect(
            "\(try #require(error))"
                == "corpus \(folder.path): no piece of the split validation, which was looked for, is there; there are 2 pieces of test (--split test)"
        )
    }

    @Test func oneIsNotPlural() throws {
        let folder = try TemporaryFolder()
        try writeScale(from: 60, notes: 1, to: "\(folder.path)/a.mid")
        _ = try folder.write("no music", "b.mid")
        let table = Evaluation.Report(try Evaluation.run(weights, on: [folder.path])).table
        #expect(table.hasPrefix("1 piece, 1 note, 2 events in true order; 1 file skipped\n"))
    }

    @Test func unreadableFilesAreNamedAndLeftOut() throws {
        let folder = try TemporaryFolder()
        try writeScale(from: 60, notes: 9, to: "\(folder.path)/b.mid")
        let broken = try folder.write("no music", "a.mid")
        let result = try Evaluation.run(weights, on: [folder.path])
        #expect(result.pieces == 1 && result.notes == 9)
        #expect(result.skipped.map(\.path) == [broken])
        #expect("\(result.skipped[0])".contains("a.mid: byte 0"))
        // That nothing is left is told otherwise if all is damaged than if nothing can be opened.
        func fault(_ files: [String]) -> TrainingError? {
            #expect(throws: TrainingError.self) { try Evaluation.run(weights, on: files) }
        }
        let silent = try folder.write("", "empty.mid")
        for file in [broken, silent] {
            guard case .noPiece(let reason, isDamaged: true) = fault([file]) else { return #expect(Bool(false)) }
            #expect(reason.contains(file))
        }
        let other = folder.path + "/other"
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: other + "/lost.mid", withDestinationPath: "nowhere")
        guard case .noPiece(_, isDamaged: false) = fault([other]) else { return #expect(Bool(false)) }
    }

    @Test func strangeRepresentationsAreRefused() {
        let strange = Weights.initial(
            ParameterLayout(Configuration(representation: "performance", fields: [Field("x", classes: 3)], hidden: 16)),
            seed: 1, embeddingDeviation: 1)
        #expect(throws: TrainingError.self) { try Evaluation.run(strange, on: ["x"]) }
    }
}
