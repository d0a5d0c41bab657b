/// The table of a recipe's keys. To add one, add a stored value to `Recipe` or `DataSet` and a line here.

extension Recipe {
    /// In the order in which they are written. The keys of data sets are `DataSet.keys`.
    public static let keys: [RecipeKey<Recipe>] = [
        .text("name", \.name, "text", "What the model is called; must be given."),
        .text("representation", \.representation, "name", "How music becomes tokens."),
        .whole(
            "corpus.validation-pieces", \.validationPieces, 0...100_000,
            "Pieces of each data set's validation split, at even distances, that are evaluated while training."),
        .text(
            "from.model", \.base.model, "path",
            "Preset, model or training to begin from instead of random weights."),
        .choice(
            "from.shape", \.base.shape,
            "same: the network has that model's shape; wider: the recipe's own, and all that it has beyond the model begins at random and unheard."
        ),
        .text("from.about", \.base.about, "text", "What that model was trained on; filled in from its file."),
        .text("from.licence", \.base.licence, "text", "That model's licence; filled in from its file."),

        .whole("network.embedding", \.embedding, 16...4096, multipleOf: 16, "Width of the summed field embeddings."),
        .whole("network.hidden", \.hidden, 16...4096, multipleOf: 16, "Units of each LSTM layer."),
        .whole("network.layers", \.layers, 1...8, "LSTM layers."),
        .whole(
            "network.head-width", \.headWidth, 0...4096, multipleOf: 16,
            "Width of the hidden layer of each head; 0 for logits straight from the top LSTM layer."),
        .whole(
            "network.gate-biases", \.gateBiases, 1...2,
            "Bias vectors of each layer's gates: 2 as in PyTorch, or 1 as in Keras. The network can compute the same with either."
        ),

        .whole(
            "training.tokens", \.tokens, 0...1_000_000_000_000,
            "Tokens to train on in all, over as many epochs as they make; must be given. 0, with from.model: the network stays as it is, and only its recall and what it learns with while it is played are made."
        ),
        .whole(
            "training.streams", \.streams, 1...4096, "Pieces heard side by side; an update sees streams × steps tokens."
        ),
        .whole(
            "training.steps", \.steps, 1...4096,
            "Tokens through which the gradient is followed back; states are carried on beyond."),
        .whole(
            "training.parts", \.parts, 1...256,
            "Parts that the streams are shared out into; so many threads can work, and their number changes no result."),
        .choice(
            "training.packing", \.packing,
            "streams: one piece after another, states carried on; sequences: stretches of up to steps tokens, each from a zero state beside others as long, padded (training.tokens counts the padding too)."
        ),
        .choice(
            "training.precision", \.precision,
            "bf16: matrix products of factors rounded to bfloat16, where the processor has instructions for them (AVX512_BF16); weights, sums and validation are of floats always."
        ),
        .number(
            "training.dropout", \.dropout, 0...0.9,
            "Probability that an output of a layer is dropped on its way up (not on its way to the next step)."),
        .whole(
            "training.transposition", \.transposition, 0...12,
            "Each piece is moved by up to so many semitones, up or down, drawn anew each time."),
        .number(
            "training.tempo", \.tempo, 0...0.5,
            "Each piece is played faster or slower by a factor of up to 1 + tempo, drawn anew each time."),
        .whole(
            "training.velocity", \.velocity, 0...64,
            "Each piece is played louder or softer by up to so many steps of MIDI velocity, drawn anew each time."),
        .whole(
            "training.seed", \.seed, 0...(1 << 53),
            "Fixes the initial weights, the order of pieces, augmentation and dropout."),
        .number(
            "training.embedding-deviation", \.embeddingDeviation, 0...10,
            "Standard deviation of the initial embeddings."),
        .number(
            "training.average", \.average, 0...0.99999,
            "Share of the running average of weights that stays at each update; the average is validated and exported. 0: none."
        ),
        .whole(
            "training.patience", \.patience, 0...10_000,
            "Training ends after so many validations without a better one, and the best model is exported. 0: never."),
        .text(
            "training.freeze", \.freeze, "names",
            "What stays as it is: any of embeddings, layer0, layer1, … and heads, with blanks between."),

        .number("optimiser.rate", \.rate, 0...1, "Adam's step size at its highest."),
        .choice("optimiser.schedule", \.schedule, "How the rate goes on after warm-up."),
        .whole("optimiser.warmup", \.warmup, 0...1_000_000_000_000, "Tokens over which the rate rises from 0."),
        .whole(
            "optimiser.cooldown", \.cooldown, 0...1_000_000_000_000,
            "Tokens at the end over which a constant rate falls to the floor; until then, more training.tokens prolong it."
        ),
        .number("optimiser.floor", \.floor, 0...1, "Share of the rate at which cosine or cooldown ends."),
        .number("optimiser.beta1", \.beta1, 0...0.9999, "Adam's decay of the mean of gradients."),
        .number("optimiser.beta2", \.beta2, 0...0.99999, "Adam's decay of the mean of their squares."),
        .number("optimiser.epsilon", \.epsilon, 1e-12...1, "Adam's least divisor."),
        .number(
            "optimiser.weight-decay", \.weightDecay, 0...1,
            "Weight matrices shrink by this times the rate at each update (Loshchilov & Hutter 2019)."),
        .number("optimiser.clip", \.clip, 0...1e6, "Bound of the gradient's norm over all parameters; 0 for none."),

        .whole(
            "recall.width", \.recallWidth, 0...256, multipleOf: 16,
            "Width of the projection by which the finished network recalls what was played before; it is learnt in the end, the network staying as it is, beginning with that of the model it begins from if they are of one shape, and left out if validation is no better. 0: none, or that of the model it begins from."
        ),
        .whole("recall.length", \.recallLength, 64...1 << 16, multipleOf: 64, "How many notes it remembers."),
        .whole(
            "recall.pieces", \.recallPieces, 0...100_000,
            "How many pieces the recall is learnt from. 0: it is that of the model it begins from, as it was."),
        .number(
            "recall.rate", \.recallRate, 0...1, "Adam's step size for the recall; over the second half it falls to 0."),

        .whole(
            "learning.tokens", \.learningTokens, 0...10_000_000,
            "Tokens of the training music from which the finished network gets what it needs to learn while it is played. 0: none."
        ),

        .whole("report.validate-every", \.validateEvery, 1...1_000_000_000_000, "Tokens between two validations."),
        .number("report.checkpoint-minutes", \.checkpointMinutes, 0.001...1e6, "Minutes between two checkpoints."),
    ]
}

extension DataSet {
    /// In a table [data.NAME] each.
    public static let keys: [RecipeKey<DataSet>] = [
        .text(
            "path", \.path, "folder or file",
            "Where the MIDI files lie, from the recipe's folder; if empty, the folder of the set's name in $CONTINUO_DATA."
        ),
        .number(
            "weight", \.weight, 0.0001...1000,
            "How often each piece is heard in an epoch; below 1, the chance that it is."),
        .choice(
            "split", \.rule,
            "auto: MAESTRO's own split where its list is there, else a tenth of the files validates, by a hash of each; or all one split."
        ),
        .text(
            "exclude", \.exclude, "file",
            "List of files and folders of the set to leave out, a line each, from the recipe's folder."),
        .text("about", \.about, "text", "What the set is, for the model's card."),
        .text("licence", \.licence, "text", "Terms of the set, which a model trained on it takes over."),
    ]
}
