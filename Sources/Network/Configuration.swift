// Not real-time: the shape of a network: what fixes every tensor's shape, and nothing else.

/// One categorical field of a token, such as the key or the velocity.
public struct Field: Equatable, Sendable {
    public let name: String
    public let classes: Int

    public init(_ name: String, classes: Int) {
        self.name = name
        self.classes = classes
    }
}

/// A token as the network sees it: the class of each field, −1 where the field is absent (a note-off has no
/// velocity). An absent field adds nothing to the input and is not drawn.
///
/// The same type as `Representation.Token`, so that a token passes into a step as it is. Two names, since neither room
/// knows the other: the network has no notion of music, a representation none of networks.
public typealias FieldRow = SIMD4<Int16>

/// The network of the project: sum of the field embeddings → LSTM layers → per-field heads, field *k* from
/// `z = tanh(A_k·h + Σ_{j<k} B_kj[f_j])`, `logits = C_k·z + b_k` (head width 0: `logits = C_k·h + b_k`).
public struct Configuration: Equatable, Sendable {
    /// A row has four lanes.
    public static let maximumFields = FieldRow.scalarCount

    /// Name of the representation whose tokens the network was trained on.
    public var representation: String
    public var fields: [Field]
    /// Width of the summed field embeddings (the input of layer 0).
    public var embedding: Int
    /// Units of each LSTM layer.
    public var hidden: Int
    public var layers: Int
    /// Width of z in each head; 0 means logits straight from h.
    public var headWidth: Int
    /// Bias vectors of each layer's gates: 2, of input and state, as in PyTorch's `nn.LSTM`; or 1, as in Keras. Their sum is
    /// what counts.
    public var gateBiases: Int
    /// What it remembers of the tokens before; nil for a network that has its state alone.
    public var recall: Recall?

    /// The shape of a `Network`'s recall (see Recall.swift).
    public struct Recall: Equatable, Sendable {
        /// The field whose classes are remembered, and how many of them, from the first on: the note-ons of a key.
        public var field: Int
        public var classes: Int
        /// Width of the projected state, a multiple of 16.
        public var width: Int
        /// How many tokens are remembered, a multiple of 64.
        public var length: Int

        public init(field: Int, classes: Int, width: Int, length: Int) {
            self.field = field
            self.classes = classes
            self.width = width
            self.length = length
        }
    }

    public init(
        representation: String, fields: [Field], embedding: Int = 128, hidden: Int = 256, layers: Int = 2,
        headWidth: Int = 128, gateBiases: Int = 2, recall: Recall? = nil
    ) {
        self.representation = representation
        self.fields = fields
        self.embedding = embedding
        self.hidden = hidden
        self.layers = layers
        self.headWidth = headWidth
        self.gateBiases = gateBiases
        self.recall = recall
    }
}
