import Glibc

/// What can go wrong in training and evaluation.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
    case recipe(path: String, problem: String)
    case corpus(path: String, problem: String)
    case checkpoint(path: String, problem: String)
    case file(path: String, operation: String, reason: String)
    /// The loss is no number any more.
    case diverged(update: Int)

    public var description: String {
        switch self {
        case .recipe(let path, let problem): "recipe \(path): \(problem)"
        case .corpus(let path, let problem): "corpus \(path): \(problem)"
        case .checkpoint(let path, let problem): "checkpoint \(path): \(problem)"
        case .file(let path, let operation, let reason): "cannot \(operation) \(path): \(reason)"
        case .diverged(let update):
            "the loss is not finite at update \(update); lower optimiser.rate or optimiser.clip and start again"
        }
    }
}

extension TrainingError {
    /// What errno says.
    static func system(_ operation: String, _ path: String) -> TrainingError {
        .file(path: path, operation: operation, reason: String(cString: strerror(errno)))
    }
}
