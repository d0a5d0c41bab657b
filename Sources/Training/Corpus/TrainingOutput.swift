import Files
import Glibc

/// A folder that Continuo's own training tools wrote. MIDI files in it are what a model played, or excerpts of the music
/// that it was validated on, so they are never music to learn from or to judge by. A folder is recognised by its contents,
/// wherever it lies and whatever it is called.
enum TrainingOutput: Equatable {
    /// Output of `continuo train` or of the trainer in interop/pytorch: `checkpoint` or `log.csv`, which are there from the
    /// first update on.
    case training
    /// What `Report.write` leaves, also without the training that it was made for.
    case report
    /// Output of `continuo tokens`.
    case tokens
    /// The output folder of the command that asks, in which nothing need be yet.
    case own

    /// - Parameter own: output folder of the command that asks, if it has one.
    /// - Returns: nil for any other folder.
    init?(folder: String, own: FolderIdentity? = nil) {
        func has(_ name: String) -> Bool { access("\(folder)/\(name)".cPath, F_OK) == 0 }
        if let own, own == FolderIdentity(folder) {
            self = .own
        } else if Self.isTraining(folder) {
            self = .training
        } else if ["index.html", "loss.svg", "figures.json"].allSatisfy(has) || Self.isReportOfTraining(folder) {
            self = .report
        } else if has("tokens.json") && TokenFile.isTokenFile("\(folder)/pieces.tokens") {
            self = .tokens
        } else {
            return nil
        }
    }

    var description: String {
        switch self {
        case .training: "it is the output of a training, which is never music"
        case .report: "it is the report of a training, which is never music"
        case .tokens: "it is the output of `continuo tokens`, which is never music"
        case .own: "it is the output folder itself, which is never music"
        }
    }

    private static func isTraining(_ folder: String) -> Bool {
        Checkpoint.isCheckpoint("\(folder)/checkpoint") || TrainingLog.isLog("\(folder)/log.csv")
    }

    /// A report that was not finished lacks some of its files.
    private static func isReportOfTraining(_ folder: String) -> Bool {
        let place = resolved(folder)
        return place.hasSuffix("/report") && isTraining(String(place.dropLast("/report".count)))
    }
}

/// Tells folders apart, whatever path or link leads to them.
struct FolderIdentity: Equatable {
    private let device: dev_t
    private let node: ino_t

    /// - Returns: nil if there is no such folder.
    init?(_ path: String) {
        var status = stat()
        guard stat(path.cPath, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        (device, node) = (status.st_dev, status.st_ino)
    }
}
