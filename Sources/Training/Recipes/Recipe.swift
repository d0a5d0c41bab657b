/// Everything that fixes a training, as read from a TOML file in recipes/. `Recipe.keys` says what each value means.
public struct Recipe: Equatable, Sendable {
    public enum Schedule: String, CaseIterable, Sendable {
        case cosine, constant
    }

    public enum Packing: String, CaseIterable, Sendable {
        case streams, sequences
    }

    public var name = ""
    public var representation = "performance"

    public var dataSets: [DataSet] = []
    public var validationPieces = 20
    public var base = Base()

    public var embedding = 128
    public var hidden = 256
    public var layers = 2
    public var headWidth = 128
    public var gateBiases = 2

    /// Negative until they are given.
    public var tokens = -1
    public var streams = 64
    public var steps = 64
    public var parts = 4
    public var packing = Packing.streams
    public var precision = ProductPrecision.fp32
    public var dropout = 0.1
    public var transposition = 0
    public var tempo = 0.0
    public var velocity = 0
    public var seed = 1
    public var embeddingDeviation = 0.3
    public var average = 0.0
    public var patience = 0
    public var freeze = ""

    public var rate = 2e-3
    public var schedule = Schedule.cosine
    public var warmup = 0
    public var cooldown = 0
    public var floor = 0.0
    public var beta1 = 0.9
    public var beta2 = 0.999
    public var epsilon = 1e-8
    public var weightDecay = 0.0
    public var clip = 1.0

    public var recallWidth = 0
    public var recallLength = 4096
    public var recallPieces = 200
    public var recallRate = 2e-3

    public var learningTokens = 70_000

    public var validateEvery = 2_000_000
    public var checkpointMinutes = 5.0

    public init() {}

    public enum Shape: String, CaseIterable, Sendable {
        case same, wider
    }

    /// The model that training begins from instead of random weights.
    public struct Base: Equatable, Sendable {
        /// A preset's folder, a model file or a training's folder; empty for none.
        public var model = ""
        public var shape = Shape.same
        /// Said by the model file, and handed on to the new one.
        public var about = ""
        public var licence = ""
    }

    /// Tokens of an update.
    public var window: Int { streams * steps }

    /// Adam's step size after `done` tokens: linear warm-up, then the schedule.
    package func rate(afterTokens done: Int) -> Float {
        if done < warmup { return Float(rate * (Double(done) + Double(window)) / Double(warmup + window)) }
        switch schedule {
        case .constant:
            let left = cooldown > 0 ? min(1, Double(max(0, tokens - done)) / Double(cooldown)) : 1
            return Float(rate * (floor + (1 - floor) * left))
        case .cosine:
            let progress = min(1, Double(done - warmup) / Double(max(1, tokens - warmup)))
            return Float(rate * (floor + (1 - floor) * 0.5 * (1 + cosine(.pi * progress))))
        }
    }

    /// Whether a training may go on with this recipe where it stopped with the other: where music and base lie may
    /// change, for the checkpoint knows the music by its content and has no more need of the base, and the recall, which is
    /// learnt in the end. A training of constant rate may also be prolonged, by more tokens.
    package func isSameTraining(as other: Recipe) -> Bool {
        withoutPlaces == other.withoutPlaces
    }

    private var withoutPlaces: Recipe {
        var recipe = self
        recipe.base = Base()
        recipe.checkpointMinutes = 0
        (recipe.recallWidth, recipe.recallLength) = (0, 0)
        (recipe.recallPieces, recipe.recallRate) = (0, 0)
        recipe.learningTokens = 0
        if schedule == .constant { recipe.tokens = 0 }
        for i in dataSets.indices {
            (recipe.dataSets[i].path, recipe.dataSets[i].exclude) = ("", "")
            (recipe.dataSets[i].about, recipe.dataSets[i].licence) = ("", "")
        }
        return recipe
    }
}
