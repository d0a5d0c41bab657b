import FoundationEssentials
import Glibc
import Kernels
import Network
import Representation
import Score

/// One run of a training: from its beginning or a checkpoint to its end or the next checkpoint.
final class TrainingRun<R: Representation> {
    private let recipe: Recipe
    /// The recipe as the checkpoint keeps it.
    private let text: String
    private let options: Training.Options
    private let data: TrainingData
    private let learner: Learner<R>
    /// The model it began from, if that can still be read.
    private let base: TrainedWeights?
    /// Nil where there is nothing to validate with.
    private let evaluator: Evaluator<R>?
    /// What is validated: the learner's weights, or, in a shape of their own, their average.
    private let judged: PackedParameters
    private let log: TrainingLog
    private var best = Checkpoint.Best()
    private var validation: Evaluation?
    private var epoch: EpochTally

    init(_ given: Recipe, _ options: Training.Options, _ checkpoint: Checkpoint?) throws {
        var recipe = given
        if checkpoint == nil && !recipe.base.model.isEmpty {
            let model = try TrainedWeights(path: recipe.base.model)
            try recipe.begin(from: model)
            base = model
        } else {
            base = recipe.base.model.isEmpty ? nil : try? TrainedWeights(path: recipe.base.model)
        }
        let layout = try recipe.layout(path: "of the training")
        let frozen = try recipe.frozen(layout)
        let kernels = try KernelTable.best()
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let workers = Workers(min(recipe.parts, options.threads > 0 ? options.threads : processors))
        let start = seconds()
        data = try TrainingData(
            R.self, recipe, cache: TokenCache(options.cache, workers: workers, watch: options.watch),
            output: options.output)
        for line in data.skipped.map(\.description) + data.summary { options.watch(.note(line)) }
        if data.validation.pieces.isEmpty {
            options.watch(.note("there is nothing to validate with: one more file would be"))
        }
        options.watch(
            .note(
                "read in \(fixed(seconds() - start, 1)) s; \(counted(workers.count, "thread")), kernels \(kernels.variant.rawValue)"
                    + (recipe.precision == .bf16
                        ? kernels.productsBF16 == nil ? " (no bf16 here: fp32)" : ", bf16" : "")))
        let random = Weights.initial(
            layout, seed: UInt64(recipe.seed), embeddingDeviation: Float(recipe.embeddingDeviation))
        learner = Learner(
            layout: layout,
            initial: (checkpoint == nil ? base?.weights.widened(over: random) ?? random : random).values,
            corpus: data.training,
            augmentation: recipe.augmentation,
            settings: recipe.settings(frozen: frozen), workers: workers, kernels: kernels)
        judged =
            recipe.average > 0 || recipe.precision != .fp32 ? PackedParameters(layout, kernels) : learner.packed
        evaluator =
            data.validation.pieces.isEmpty ? nil : Evaluator(.of(data.validation), packed: judged, workers: workers)
        if let checkpoint {
            let path = Training.checkpointPath(options)
            guard checkpoint.music == data.fingerprint else { throw TrainingError.otherMusic(checkpoint: path) }
            try learner.restore(checkpoint, path: path)
            best = checkpoint.best
        }
        epoch = EpochTally(data.training, fields: R.fields.count, done: learner.updates * recipe.window)
        log = try TrainingLog(
            options.output + "/log.csv", fields: layout.configuration.fields.map(\.name), keeping: learner.updates)
        (self.recipe, self.options, text) = (recipe, options, recipe.text())
    }

    private var done: Int { learner.updates * recipe.window }

    private func tell(_ text: String) { options.watch(.note(text)) }

    /// By tokens or by patience.
    private var isFinished: Bool {
        done >= recipe.tokens || recipe.patience > 0 && best.validationsSince >= recipe.patience
    }

    func run() throws -> Training.Outcome? {
        let updates = (recipe.tokens + recipe.window - 1) / recipe.window
        let start = recipe.base.model.isEmpty ? "random weights" : recipe.base.model
        let amount = "\(counted(recipe.tokens, "token")) in \(counted(updates, "update"))"
        tell("\(counted(learner.layout.count, "parameter")) from \(start), \(amount)")
        options.watch(.began(tokens: done, of: recipe.tokens, unit: R.counted))
        if learner.updates == 0 {
            // What it begins with is the first to be beaten; the checkpoint may know it.
            if !recipe.base.model.isEmpty && best.weights.isEmpty { validate() }
            try save()
        }
        try loop()
        options.watch(.ended)
        let checkpoint = try save()
        guard isFinished else {
            tell("stopped after \(counted(done, "token")); go on with --resume")
            return nil
        }
        if done < recipe.tokens {
            tell("ended early: \(counted(best.validationsSince, "validation")) brought nothing better")
        }
        return try finish(checkpoint)
    }

    private func loop() throws {
        var saved = seconds()
        var updatesHere = 0
        while !isFinished && !options.isStopping() {
            if options.updateLimit > 0 && updatesHere == options.updateLimit { break }
            try update()
            updatesHere += 1
            if seconds() - saved > recipe.checkpointMinutes * 60 {
                try save()
                saved = seconds()
            }
        }
    }

    private func update() throws {
        let start = seconds()
        let rate = recipe.rate(afterTokens: done)
        let result = learner.update(rate: rate)
        let nats = result.tally.nats.reduce(0, +)
        guard nats.isFinite, result.gradientNorm.isFinite else {
            throw TrainingError.diverged(update: learner.updates)
        }
        let speed = Double(recipe.window) / max(seconds() - start, 1e-9)
        let isDue = done / recipe.validateEvery > (done - recipe.window) / recipe.validateEvery || done >= recipe.tokens
        options.watch(
            .updated(
                .init(
                    tokens: done, nats: result.tally.nats, notes: result.notes, gradientNorm: result.gradientNorm)))
        let told = epoch.add(
            result.tally, notes: result.notes, done: done, fields: R.fields.map(\.name), unit: R.counted)
        if let told { tell(told) }
        if isDue { validate() }
        try log.add(
            update: learner.updates, tokens: done, (result.tally.nats, result.notes, result.gradientNorm), rate: rate,
            tokensPerSecond: speed, validation: isDue ? validation?.natsPerNote : nil)
    }

    private func validate() {
        guard let evaluator else { return }
        if judged !== learner.packed {
            let weights = recipe.average > 0 ? learner.averaged : learner.packed.weights
            judged.weights.base.update(from: weights.base, count: learner.layout.count)
            judged.pack()
        }
        let result = evaluator.evaluate()
        validation = result
        options.watch(.validated(result, tokens: done))
        guard recipe.patience > 0 else { return }
        // Less is rounding.
        if result.natsPerNote < best.natsPerNote - 1e-4 {
            best.natsPerNote = result.natsPerNote
            best.validationsSince = 0
            best.weights = judged.weights.values
        } else {
            best.validationsSince += 1
        }
    }

    @discardableResult private func save() throws -> Checkpoint {
        try log.flush()
        let checkpoint = learner.checkpoint(recipe: text, music: data.fingerprint, best: best)
        try checkpoint.write(Training.checkpointPath(options))
        return checkpoint
    }

    /// The finished model, beside the checkpoint.
    private func finish(_ checkpoint: Checkpoint) throws -> Training.Outcome? {
        let path = Training.checkpointPath(options)
        var trained = try TrainedWeights(checkpoint, path: path)
        guard let (recalling, result) = finished(trained.weights), let weights = withFactors(recalling) else {
            tell("stopped before it had learnt to recall, and how to learn; go on with --resume")
            return nil
        }
        trained.weights = weights
        if let result {
            validation = result
            trained.notes["validation"] = Self.told(result)
        }
        if isNetworkKept, recipe.recallPieces == 0, let base {
            // What was said of the model still holds.
            trained.notes = base.notes
        }
        if weights.factors != nil {
            let music = recipe.dataSets.map { $0.about.isEmpty ? "the data set \"\($0.name)\"" : $0.about }
            trained.notes["learning"] =
                "factors from \(counted(recipe.learningTokens, "token")) of: "
                + "\(music.joined(separator: "; ")), train split"
        }
        let model = options.output + "/model.safetensors"
        try trained.save(model)
        try trained.describe(name: recipe.name, in: options.output)
        tell("wrote \(model)" + (result.map { ": \(Self.told($0))" } ?? ""))
        return Training.Outcome(
            recipe: recipe, model: model, validation: validation, log: log.path,
            fields: learner.layout.configuration.fields.map(\.name), training: data.training, held: data.validation,
            trainingKeys: { [training = data.training] in Self.keys(training.pieces[$0].tokens) },
            keys: { Self.keys(R.encode($0)) })
    }

    private static func told(_ result: Evaluation) -> String {
        "\(fixed(result.natsPerNote, 3)) nats a \(R.counted) on \(counted(result.pieces, "piece")) of the validation split"
    }

    /// Nil where there is nothing to validate with.
    private func evaluation(of weights: Weights) -> Evaluation? {
        guard !data.validation.pieces.isEmpty else { return nil }
        let packed = PackedParameters(weights, learner.packed.kernels)
        return Evaluator<R>(.of(data.validation), packed: packed, workers: learner.workers).evaluate()
    }

    /// With the recall that does best in validation, if the recipe asks for one: none, that of the model it began from, or
    /// what that becomes by learning on. Of too little music it may learn what holds nowhere else. Nil if it was stopped.
    private func finished(_ weights: Weights) -> (Weights, Evaluation?)? {
        guard recipe.recallWidth > 0 else { return (weights, evaluation(of: weights)) }
        let recalled = R.recalled
        let shape = Configuration.Recall(
            field: recalled.field, classes: recalled.classes, width: recipe.recallWidth, length: recipe.recallLength)
        let inherited = inheritedRecall(shape).map { weights.with(shape, $0) }
        if recipe.recallPieces == 0 {
            let kept = inherited ?? weights
            return (kept, evaluation(of: kept))
        }
        if let inherited, data.validation.pieces.isEmpty {
            tell("recall: that of \(recipe.base.model), for there is nothing to validate another with")
            return (inherited, nil)
        }
        guard let learnt = learnRecall(shape, inherited ?? weights) else { return nil }
        guard var best = evaluation(of: weights).map({ (weights: weights, result: $0) }) else { return (learnt, nil) }
        var told = "without it \(fixed(best.result.natsPerNote, 3))"
        for (name, candidate) in [("as it was", inherited), ("learnt", learnt)] {
            guard let candidate, let result = evaluation(of: candidate) else { continue }
            told += ", \(name) \(fixed(result.natsPerNote, 3))"
            if result.natsPerNote < best.result.natsPerNote { best = (candidate, result) }
        }
        tell("recall: validation \(told)")
        return best
    }

    /// What the recall of the model it began from has learnt; nil where that is of another shape.
    private func inheritedRecall(_ shape: Configuration.Recall) -> [Float]? {
        guard let base, base.weights.layout.configuration.hidden == learner.layout.configuration.hidden else {
            return nil
        }
        return base.weights.recall(of: shape)
    }

    /// Whether the network is that of the model it began from.
    private var isNetworkKept: Bool { recipe.tokens == 0 && base != nil }

    /// With what it needs to learn while it is played, from the training music. Nil if it was stopped.
    private func withFactors(_ weights: Weights) -> Weights? {
        guard recipe.learningTokens > 0 else {
            var weights = weights
            if isNetworkKept { weights.factors = base!.weights.factors }
            return weights
        }
        tell("learning while it is played: estimating its factors from \(counted(recipe.learningTokens, "token"))")
        return FactorFit(tokens: recipe.learningTokens).run(
            R.self, weights, data.training, learner.packed.kernels
        ) { _ in !options.isStopping() }
    }

    private func learnRecall(_ shape: Configuration.Recall, _ weights: Weights) -> Weights? {
        let fit = RecallFit(
            shape: shape, pieces: recipe.recallPieces, rate: Float(recipe.recallRate), seed: UInt64(recipe.seed))
        return fit.run(R.self, weights, data.training, learner.workers, learner.packed.kernels) { pieces, gain in
            tell(
                "recall: \(pieces) of \(counted(recipe.recallPieces, "piece")), \(fixed(gain, 3)) nats a \(R.counted) less"
            )
            return !options.isStopping()
        }
    }

    private static func keys(_ tokens: some Sequence<Token>) -> [UInt8] {
        tokens.filter { R.notesBegun(by: $0) > 0 }.flatMap(R.keys).map(UInt8.init)
    }
}

extension Recipe {
    var augmentation: Augmentation { Augmentation(transposition: transposition, tempo: tempo, velocity: velocity) }

    func settings<R>(frozen: [Range<Int>]) -> Learner<R>.Settings {
        .init(
            streams: streams, steps: steps, parts: parts, dropout: Float(dropout), seed: UInt64(seed),
            beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon), clip: Float(clip),
            weightDecay: Float(weightDecay), average: Float(average), frozen: frozen, sequences: packing == .sequences,
            precision: precision)
    }
}

/// Seconds on the monotonic clock.
func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
