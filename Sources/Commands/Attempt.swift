import ArgumentParser
import Files
import Glibc
import Kernels
import Network
import OSC
import Performer
import Ports
import Presets
import Processes
import Score
import Training

/// Runs a command's work; an error is told on standard error and ends the command with its status of sysexits.h.
package func attempt<T>(_ work: () throws -> T) throws -> T {
    do {
        return try work()
    } catch {
        guard let status = exitStatus(error) else { throw error }
        tell("continuo: \(error)\n")
        throw ExitCode(status)
    }
}

/// An error of one command, which knows with which status of sysexits.h this ends.
package protocol CommandError: Error {
    var exitStatus: Int32 { get }
}

/// Nil for errors that the command line itself should tell.
package func exitStatus(_ error: any Error) -> Int32? {
    switch error {
    case let error as FileError: ["open", "read"].contains(error.operation) ? EX_NOINPUT : EX_CANTCREAT
    case ModelFileError.unreadable: EX_NOINPUT
    case ModelFileError.unwritable: EX_CANTCREAT
    case is ModelFileError, is MIDIFileError, is ABCError: EX_DATAERR
    case let error as TrainingError:
        switch error {
        case .noPiece(_, isDamaged: true): EX_DATAERR
        case .corpus, .noMusic, .dataSetNowhere, .noSplit, .noPiece, .noModel: EX_NOINPUT
        case .cache, .olderTraining: EX_CANTCREAT
        case .otherRecipe, .otherMusic: EX_CONFIG
        case .setting, .noDataSet, .noRecipe: EX_USAGE
        case .representation, .widths, .recipe, .checkpoint, .diverged, .piece, .base, .cannotLearn: EX_DATAERR
        }
    case is KernelError, is PrecisionError: EX_CONFIG
    case let error as PresetLoadingError: error.exitStatus
    case ControlError.unreadable(let error): exitStatus(error)
    case ControlError.preset, ControlError.foreign: EX_DATAERR
    case ControlError.noPreset: EX_NOINPUT
    case ControlError.refused, is OSCSocketError: EX_UNAVAILABLE
    case is ControlError: EX_USAGE
    case is PerformerError: EX_SOFTWARE
    case ProcessError.interrupted: 128 + SIGINT
    case is ProcessError, is PortError: EX_UNAVAILABLE
    case let error as any CommandError: error.exitStatus
    default: nil
    }
}
