import Glibc
import Representation
import TOML

/// What can go wrong in training and evaluation, besides files that cannot be read or written (`FileError`,
/// `ModelFileError`).
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A recipe, or a recipe within a checkpoint, is wrong at the named key.
    case recipe(path: String, problem: String)
    /// There is no music to learn from.
    case corpus(path: String, problem: String)
    /// Neither recipe nor `--data` names any music.
    case noDataSet
    /// There is nothing to learn from in a MIDI file.
    case piece(path: String, problem: String)
    /// A `--set` is wrong.
    case setting(String)
    /// All files were skipped, the first of them for this reason.
    case noPiece(first: String, isDamaged: Bool = false)
    /// A checkpoint is damaged, or fits another corpus.
    case checkpoint(path: String, problem: String)
    /// A training was to go on with a recipe that it was not begun with.
    case otherRecipe(checkpoint: String)
    /// A training was to go on with other music.
    case otherMusic(checkpoint: String)
    /// Neither a recipe nor a checkpoint that has one.
    case noRecipe(checkpoint: String)
    /// The model to begin from does not fit.
    case base(model: String, problem: String)
    /// A new training would replace the checkpoint of an older one.
    case olderTraining(checkpoint: String)
    /// No weights lie there.
    case noModel(path: String, reason: String)
    /// There is no place for the token cache.
    case cache(path: String, reason: String)
    /// Nothing is known of how to train the representation, or not with these fields.
    case representation(String)
    /// Of embedding, layers and heads: not all are multiples of 16, which the trainer's kernels need.
    case widths(Int, Int, Int)
    /// The loss is no number any more.
    case diverged(update: Int)

    public var description: String {
        switch self {
        case .recipe(let path, let problem):
            "recipe \(path): \(TOMLDocument.shown(problem))"
        case .corpus(let path, let problem):
            "corpus \(path): \(problem)"
        case .noDataSet:
            "there is no music to learn from; give --data FOLDER, or write a table [data.NAME] in the recipe"
        case .piece(let path, let problem):
            "\(path): \(problem)"
        case .setting(let problem):
            problem
        case .noPiece(let first, _):
            "no piece can be read: \(first)"
        case .checkpoint(let path, let problem):
            "checkpoint \(path): \(problem); choose another output folder to begin anew"
        case .otherRecipe(let checkpoint):
            "checkpoint \(checkpoint): it was begun with another recipe; resume without naming a recipe or --set, or choose another output folder"
        case .otherMusic(let checkpoint):
            "checkpoint \(checkpoint): it was trained on other music; give it the same files, or choose another output folder to begin anew"
        case .noRecipe(let checkpoint):
            "name a recipe: there is no \(checkpoint) to go on from"
        case .base(let model, let problem):
            "cannot begin from \(model): \(problem)"
        case .olderTraining(let checkpoint):
            "\(checkpoint) is there from an older training; go on with it by --resume, or choose another output folder"
        case .noModel(let path, let reason):
            "no model at \(path): \(reason); `continuo presets` lists those that there are"
        case .cache(let path, let reason):
            "cannot make the folder \(path): \(reason); choose another one with --cache"
        case .representation(let name):
            "a network of the representation \(name) can be neither trained nor evaluated; only \(Performance.name) can"
        case .widths(let embedding, let hidden, let heads):
            "embeddings of \(embedding), layers of \(hidden), heads of \(heads): a network can be evaluated if these are multiples of 16"
        case .diverged(let update):
            "the loss is not finite at update \(update); lower optimiser.rate or optimiser.clip and start again"
        }
    }
}
