import Network

extension Evaluation {
    /// What a piece, or many, cost. Figures are of the tokens in the order in which they were encoded; a token of
    /// `performance` is an event.
    public struct Score: Sendable {
        public struct FieldScore: Sendable {
            public let name: String
            /// Sum over all tokens that have the field, each predicted given the fields before it.
            public internal(set) var nats = 0.0
            /// Tokens that have the field.
            public internal(set) var count = 0
            /// Of those, how many got the most probable class.
            public internal(set) var hits = 0

            public var natsPerToken: Double { nats / Double(max(count, 1)) }
            /// e^(nats a token that has the field).
            public var perplexity: Double { exponential(natsPerToken) }
            public var accuracy: Double { Double(hits) / Double(max(count, 1)) }
        }

        public internal(set) var fields: [FieldScore]
        public internal(set) var notes = 0
        public internal(set) var tokens = 0
        /// Tokens of which every field is the most probable class, given those before it: what greedy prediction, field
        /// by field, would have got whole.
        public internal(set) var hits = 0
        /// Events in the 388-event vocabulary of Performance RNN (Oore et al. 2018); nil of a representation that is no
        /// `ReferenceVocabulary`.
        public internal(set) var performanceRNNEvents: Int?

        init(fields: [Field]) { self.fields = fields.map { FieldScore(name: $0.name) } }

        public var nats: Double { fields.reduce(0) { $0 + $1.nats } }
        public var natsPerNote: Double { nats / Double(max(notes, 1)) }
        public var natsPerToken: Double { nats / Double(max(tokens, 1)) }
        public var natsPerPerformanceRNNEvent: Double? { performanceRNNEvents.map { nats / Double(max($0, 1)) } }
        /// e^(nats a token).
        public var perplexity: Double { exponential(natsPerToken) }
        public var accuracy: Double { Double(hits) / Double(max(tokens, 1)) }

        static func += (a: inout Score, b: Score) {
            for k in a.fields.indices {
                a.fields[k].nats += b.fields[k].nats
                a.fields[k].count += b.fields[k].count
                a.fields[k].hits += b.fields[k].hits
            }
            a.notes += b.notes
            a.tokens += b.tokens
            a.hits += b.hits
            if let events = b.performanceRNNEvents { a.performanceRNNEvents = (a.performanceRNNEvents ?? 0) + events }
        }
    }
}
