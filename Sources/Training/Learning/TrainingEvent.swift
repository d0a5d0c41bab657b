/// What a training tells whoever watches it, in this order: reading, beginning, updates and validations, notes in between.
public enum TrainingEvent: Sendable {
    /// A sentence, whole.
    case note(String)
    /// Tokens are made of a data set's files that are read for the first time.
    case reading(dataSet: String, files: Int, of: Int)
    case read(dataSet: String, files: Int, seconds: Double)
    /// Training begins after so many tokens.
    /// - Parameter unit: what losses are counted by, such as notes.
    case began(tokens: Int, of: Int, unit: String)
    case updated(Update)
    case validated(Evaluation, tokens: Int)
    /// No more updates come.
    case ended

    public struct Update: Sendable {
        /// Trained on so far.
        public let tokens: Int
        /// Nats of the update's tokens, a sum for each field.
        public let nats: [Double]
        /// Notes begun in the update.
        public let notes: Int
        public let gradientNorm: Float
    }
}
