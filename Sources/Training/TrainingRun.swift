import Glibc
import Kernels
import Network
import Representation
import Score
import Synchronization

/// A training from recipe to finished weights.
public enum Training {
    public struct Options: Sendable {
        /// Folder for checkpoints and the finished model.
        public var output: String
        /// Go on from the checkpoint in `output`.
        public var resume = false
        /// Replaces the recipe's corpus path.
        public var corpus: String?
        /// Stop (with a checkpoint) after so many updates; 0 for the whole run.
        public var updateLimit = 0

        public init(output: String) { self.output = output }
    }

    /// Trains until the recipe's tokens are used up, or SIGINT or SIGTERM asks for a checkpoint and the end.
    public static func run(recipePath: String, _ options: Options) throws {
        let text = String(decoding: try readFile(recipePath, limit: 1 << 20), as: UTF8.self)
        var recipe = try Recipe(toml: text, path: recipePath)
        if let path = options.corpus { recipe.corpus = path }
        if recipe.corpus.isEmpty { recipe.corpus = standardCorpus() }
        switch recipe.representation {
        case Performance.name: try TrainingRun<Performance>(recipe, path: recipePath, text: text, options).run()
        case let other: throw TrainingError.representation(other)
        }
    }
}

/// Set by SIGINT and SIGTERM.
private let stopRequested = Atomic<Bool>(false)

private final class TrainingRun<R: TrainableRepresentation> {
    private let recipe: Recipe
    private let text: String
    private let options: Training.Options
    private let learner: Learner<R>
    private let evaluator: Evaluator<R>
    private var progress: Progress
    private let earlier: Checkpoint?
    private var checkpointPath: String { Self.checkpointPath(options) }
    private var window: Int { recipe.streams * recipe.steps }

    init(_ recipe: Recipe, path: String, text: String, _ options: Training.Options) throws {
        self.recipe = recipe
        self.text = text
        self.options = options
        // What can be wrong is found before a corpus is read.
        earlier = try Self.earlier(recipe, options)
        let kernels = try KernelTable.best()
        let workers = Workers(recipe.threads)
        let start = seconds()
        let (corpus, skipped) = try Corpus.read(R.self, Maestro.files(recipe.corpus, .train), workers: workers)
        let (validation, skippedToo) = try Corpus.read(
            R.self, spread(Maestro.files(recipe.corpus, .validation), recipe.validationPieces), workers: workers)
        for file in skipped + skippedToo { print(file) }
        print(
            "\(corpus.pieces.count) pieces, \(corpus.tokens.count) tokens, read in \(format(seconds() - start, 1)) s;",
            "kernels \(kernels.variant.rawValue)")
        let layout = try recipe.layout(path: path)
        let seed = UInt64(recipe.seed)
        let initial = Weights.initial(layout, seed: seed, embeddingDeviation: Float(recipe.embeddingDeviation))
        learner = Learner(
            layout: layout, initial: initial.values, corpus: corpus, transposition: recipe.transposition,
            settings: .init(
                streams: recipe.streams, steps: recipe.steps, dropout: Float(recipe.dropout), seed: seed,
                beta1: Float(recipe.beta1), beta2: Float(recipe.beta2), epsilon: Float(recipe.epsilon),
                clip: Float(recipe.clip)), workers: workers, kernels: kernels)
        evaluator = Evaluator(validation, packed: learner.packed, workers: workers)
        progress = Progress(total: recipe.tokens)
    }

    /// The checkpoint to go on from, if any.
    private static func earlier(_ recipe: Recipe, _ options: Training.Options) throws -> Checkpoint? {
        guard mkdir(options.output, 0o755) == 0 || errno == EEXIST else {
            throw TrainingError.output(path: options.output, reason: systemError())
        }
        let path = checkpointPath(options)
        guard options.resume else {
            if access(path, F_OK) == 0 { throw TrainingError.olderTraining(checkpoint: path) }
            return nil
        }
        let checkpoint = try Checkpoint(path: path)
        guard try recipe.isSameTraining(as: Recipe(toml: checkpoint.recipe, path: path)) else {
            throw TrainingError.otherRecipe(checkpoint: path)
        }
        return checkpoint
    }

    private static func checkpointPath(_ options: Training.Options) -> String { options.output + "/checkpoint" }

    func run() throws {
        if let earlier { try learner.restore(earlier, path: checkpointPath) }
        for signal in [SIGINT, SIGTERM] { Glibc.signal(signal) { _ in stopRequested.store(true, ordering: .relaxed) } }
        print(
            "\(learner.layout.count) parameters, \(recipe.tokens) tokens in \((recipe.tokens + window - 1) / window) updates"
        )
        progress.begin(at: learner.updates * window)
        try loop()
        progress.finish()
        let checkpoint = learner.checkpoint(recipe: text)
        try checkpoint.write(checkpointPath)
        if learner.updates * window >= recipe.tokens {
            try export(checkpoint)
        } else {
            print("stopped after \(learner.updates * window) tokens; go on with --resume")
        }
    }

    /// The finished model, beside the checkpoint.
    private func export(_ checkpoint: Checkpoint) throws {
        var trained = try TrainedWeights(checkpoint, path: checkpointPath)
        let validation = evaluator.evaluate()
        trained.notes["validation"] =
            "\(format(validation.natsPerNote, 3)) nats a note on \(validation.pieces) pieces of the validation split"
        let path = options.output + "/model.safetensors"
        try trained.save(path)
        print("wrote \(path): \(trained.notes["validation"]!)")
    }

    private func loop() throws {
        var saved = seconds()
        var validated = learner.updates * window / recipe.validateEvery
        var updatesHere = 0
        while learner.updates * window < recipe.tokens && !stopRequested.load(ordering: .relaxed) {
            if options.updateLimit > 0 && updatesHere == options.updateLimit { break }
            let result = learner.update(rate: recipe.rate(afterTokens: learner.updates * window))
            updatesHere += 1
            let nats = result.tally.nats.reduce(0, +)
            guard nats.isFinite, result.gradientNorm.isFinite else {
                throw TrainingError.diverged(update: learner.updates)
            }
            let done = learner.updates * window
            progress.update(tokens: done, tally: result.tally, notes: result.notes, norm: result.gradientNorm)
            if done / recipe.validateEvery > validated && done < recipe.tokens {
                validated = done / recipe.validateEvery
                progress.validated(evaluator.evaluate())
            }
            if seconds() - saved > recipe.checkpointMinutes * 60 {
                try save()
                saved = seconds()
            }
        }
    }

    private func save() throws { try learner.checkpoint(recipe: text).write(checkpointPath) }
}

/// Seconds on the monotonic clock.
func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
