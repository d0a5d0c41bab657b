import Glibc
import Representation
import Score
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
    /// No music was named, and MAESTRO is not where it would be looked for.
    case noMusic(standard: String)
    /// Neither the recipe nor `--data` says where a data set lies, and it is not where it would be looked for.
    case dataSetNowhere(name: String, standard: String)
    /// A MAESTRO folder has no piece of the split that is looked for, but of others.
    case noSplit(folder: String, wanted: DataSet.Split, there: [DataSet.Split: Int])
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
    /// A model that is to learn while it is played has not what that takes.
    case cannotLearn
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
        case .noMusic(let standard):
            "name MIDI files or folders of them; without any, MAESTRO is looked for, and \(standard) is not there"
        case .dataSetNowhere(let name, let standard):
            "there is no music for the recipe's data set \(name): write --data \(name)=FOLDER to say where it lies, or "
                + "--data FOLDER for music that takes the place of all the recipe's data sets (without either, it is "
                + "looked for in \(standard))"
        case .noSplit(let folder, let wanted, let there):
            "corpus \(folder): no piece of the split \(wanted.rawValue), which was looked for, is there; there are "
                + DataSet.Split.allCases.compactMap { split in
                    there[split].map { "\(counted($0, "piece")) of \(split.rawValue) (--split \(split.rawValue))" }
                }.joined(separator: " and ")
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
            "a network of the representation \(name) can be neither trained nor evaluated; known is "
                + Representations.names.joined(separator: ", ")
        case .widths(let embedding, let hidden, let heads):
            "embeddings of \(embedding), layers of \(hidden), heads of \(heads): a network can be evaluated if these are multiples of 16"
        case .cannotLearn:
            "the model cannot learn while it is played: it lacks the factors for that; `continuo train "
                + "recipes/learning.toml --from MODEL` estimates them"
        case .diverged(let update):
            "the loss is not finite at update \(update); lower optimiser.rate or optimiser.clip and start again"
        }
    }
}
