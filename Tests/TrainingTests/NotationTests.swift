/// Tunes are learnt, held out, evaluated and written as text.
import Files
import Foundation
import Kernels
import Network
import Performer
import Representation
import Score
import TestSupport
import Testing
import Training

@Suite(.serialized) struct NotationTests {
    /// Titles with numbers; the notes follow from them.
    private static func collection(_ numbers: Range<Int>) -> String {
        numbers.map { number in
            let notes = (0..<8).map { String(Array("CDEFGAB")[(number + $0 * (1 + number % 3)) % 7]) }.joined()
            return "X:\(number)\nT:Tune \(number)\nM:4/4\nL:1/8\nK:G\n\(notes)|\(notes)|]\n"
        }.joined(separator: "\n")
    }

    private static func recipe(_ representation: String, _ more: String = "") -> String {
        tinyRecipe.replacing("\"performance\"", with: "\"\(representation)\"")
            .replacing("validation-pieces = 1", with: "validation-pieces = 100") + more
    }

    private func options(_ output: String, _ folder: borrowing TemporaryFolder) throws -> Training.Options {
        var options = Training.Options(output: folder.path + "/" + output)
        options.data = [folder.path + "/music"]
        options.cache = folder.path + "/cache"
        return options
    }

    private func music(_ folder: borrowing TemporaryFolder) throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/music", withIntermediateDirectories: false)
        _ = try folder.write(Self.collection(0..<40), "music/a.abc")
        // One of the same title, which is to be where that is.
        _ = try folder.write(Self.collection(20..<60), "music/b.abc")
    }

    private func titles(_ corpus: Corpus, _ name: String) throws -> Set<String> {
        let type = try #require(Representations.named(name) as? any Notation.Type)
        return Set(corpus.pieces.map { String(decoding: type.identity(of: Array($0.tokens)), as: UTF8.self) })
    }

    /// The same titles for both representations.
    @Test func wholeTunesAreHeldOutByTitle() throws {
        var heldOut: [Set<String>] = []
        for name in [ABC.name, Characters86.name] {
            let folder = try TemporaryFolder()
            try music(folder)
            let recipe = try folder.write(Self.recipe(name), "tiny.toml")
            let outcome = try #require(try Training.run(recipePath: recipe, options("run", folder)))
            #expect(outcome.training.pieces.count + outcome.held.pieces.count == 80)
            let (trained, held) = (try titles(outcome.training, name), try titles(outcome.held, name))
            #expect(!held.isEmpty && held.isDisjoint(with: trained) && held.count + trained.count == 60)
            #expect(outcome.held.pieces[0].name.contains(".abc, tune "))
            #expect(try #require(outcome.validation).unit == "character")
            heldOut.append(held)

            // As evaluation finds them again.
            let weights = try Model.load(outcome.model).weights
            var evaluated = Evaluation.Options()
            evaluated.heldOut = true
            let result = try Evaluation.run(weights, on: [folder.path + "/music"], evaluated)
            #expect(Set(result.list.map(\.name)) == Set(outcome.held.pieces.map(\.name)))
            #expect(
                result.notes == outcome.held.pieces.reduce(0) { $0 + $1.tokens.count } && result.notes == result.tokens)
            #expect(try Evaluation.run(weights, on: [folder.path + "/music"]).pieces == 80)
            let table = Evaluation.Report(result).table
            #expect(table.contains("nats/character") && table.contains(" nats a tune") && !table.contains("event in"))
        }
        #expect(heldOut[0] == heldOut[1])
    }

    /// A line an epoch: the loss while learning, and how often the most probable character was right.
    @Test func epochsAreTold() throws {
        let folder = try TemporaryFolder()
        try music(folder)
        let recipe = try folder.write(
            Self.recipe(ABC.name).replacing("tokens = 960", with: "tokens = 8_000"), "tiny.toml")
        var options = try options("run", folder)
        let lines = Lines()
        options.watch = { if case .note(let text) = $0 { lines.add(text) } }
        let outcome = try #require(try Training.run(recipePath: recipe, options))
        let epochs = lines.all.filter { $0.hasPrefix("epoch ") }
        #expect(epochs.count == 8_000 / outcome.training.tokenCount && !epochs.isEmpty)
        #expect(epochs[0].contains("epoch 1: training ") && epochs[0].contains(" nats a character, accuracy "))
    }

    private final class Lines: @unchecked Sendable {
        // Unchecked: a training tells on one thread.
        private(set) var all: [String] = []
        func add(_ line: String) { all.append(line) }
    }

    private func learnt(_ representation: any Notation.Type, _ folder: borrowing TemporaryFolder) throws -> Network {
        try music(folder)
        let more = "\n[recall]\nwidth = 16\nlength = 64\npieces = 3\n"
        let text = Self.recipe(representation.name, more).replacing("tokens = 960", with: "tokens = 20_000")
        let outcome = try #require(
            try Training.run(recipePath: folder.write(text, "tiny.toml"), options("run", folder)))
        return Network(try Model.load(outcome.model).weights, kernels: try .best(), precision: .fp32)
    }

    @Test func aModelWritesTunes() throws {
        let folder = try TemporaryFolder()
        let network = try learnt(ABC.self, folder)
        let kernels = try KernelTable.best()
        var values = ParameterValues()
        values[.seed] = 7
        let writer = try #require(try NotationWriter(network, kernels: kernels, values))
        let tune = try writer.piece()
        #expect(tune.isComplete && tune.text.hasSuffix("\n") && tune.text.hasPrefix("T:Tune"), "\(tune.text)")
        #expect(try writer.piece().text == tune.text)
        #expect(try writer.piece(number: 1).text != tune.text)
        // Of the likeliest character alone there is one tune, whatever the dice.
        values[.topKKey] = 1
        let plain = try #require(try NotationWriter(network, kernels: kernels, values))
        #expect(try plain.piece(number: 1).text == plain.piece().text)
        let begun = "X:1\nT:Tune 99\nM:4/4\nL:1/8\nK:G\n"
        let whole = try writer.piece(after: Array(begun.utf8))
        #expect(whole.text.hasPrefix(String(begun.dropFirst(4))) && whole.text.count >= begun.count + 12)
        var short = writer
        short.longest = 5
        #expect(try !short.piece(after: Array(begun.utf8)).isComplete)
        #expect(throws: ABCError.self) { try writer.piece(after: Array("no tune".utf8)) }
        // It cannot be played, and says what to do instead.
        let error = #expect(throws: PerformerError.self) { try Mind(network, kernels: kernels) }
        #expect("\(error!)".contains("continuo generate tune.abc"))
    }

    @Test func aModelThatPlaysIsNoWriter() throws {
        let weights = Weights.initial(performanceLayout(), seed: 3, embeddingDeviation: 0.5)
        let kernels = try KernelTable.best()
        let network = Network(weights, kernels: kernels, precision: .fp32)
        #expect(try NotationWriter(network, kernels: kernels, ParameterValues()) == nil)
    }

    /// The network of the literature, exactly.
    @Test func theRecipeOfTheLiteratureHasItsParameters() throws {
        let inspection = try Inspection(path: Repository.path("recipes/folk-86.toml"))
        #expect(inspection.parameters == 1_904_214)
        let c = inspection.configuration
        #expect(c.embedding == 512 && c.hidden == 256 && c.layers == 3 && c.headWidth == 0 && c.fields[0].classes == 86)
        #expect(inspection.table.contains("one bias a gate"))
    }

    /// One bias a gate has the gradient of the first of two.
    @Test func oneBiasIsLearntAsTwoAre() throws {
        let folder = try TemporaryFolder()
        try music(folder)
        var corpus = Corpus()
        let tokens = try ABC.tokens(ofFile: folder.path + "/music/a.abc", order: .playing)
        for range in ABC.pieces(tokens) { corpus.append(name: "", Array(tokens[range])) }
        func gradient(_ biases: Int) throws -> [[Float]] {
            let layout = ParameterLayout(
                Configuration(
                    representation: ABC.name, fields: [Field("character", classes: 97)], embedding: 16, hidden: 16,
                    layers: 2, headWidth: 0, gateBiases: biases))
            let random = Weights.initial(layout, seed: 1, embeddingDeviation: 1)
            var values = random.values
            // As random numbers go by place, which the second bias moves.
            for place in layout.headC + layout.headBiases {
                for (i, j) in zip(place.range, 0...) { values[i] = 0.01 * Float(j % 7) }
            }
            let learner = Learner<ABC>(
                layout: layout, initial: values, corpus: corpus, augmentation: Augmentation(),
                settings: .init(streams: 4, steps: 16), workers: Workers(1), kernels: try KernelTable.best())
            _ = learner.update(rate: 0)
            let flat = learner.replicas[0].gradient.values
            return (layout.inputBiases + layout.inputWeights + layout.headC).map { Array(flat[$0.range]) }
        }
        #expect(try gradient(1) == gradient(2))
    }
}
