/// How the commands write what they found.

import Files
import FoundationEssentials
import Glibc
import Score

/// Writes to standard error; paths as the system has them.
package func tell(_ text: String) {
    let bytes = text.pathBytes
    _ = write(STDERR_FILENO, bytes, bytes.count)
}

/// Writes to standard output; paths as the system has them.
package func print(_ text: String, terminator: String = "\n") { printLine(text, terminator: terminator) }

/// A MIDI file, with a warning on standard error for each kind of fault that it was read in spite of; or the first tune
/// of an ABC file, as it is played.
package func readMusic(_ path: String) throws -> MIDIFile {
    guard ABCCollection.suffixes.contains(where: { path.lowercased().hasSuffix($0) }) else {
        return try MIDIFile(path: path) { tell("continuo: \($0)\n") }
    }
    let (tune, count) = try ABCCollection.firstTune(path: path)
    if count > 1 { tell("continuo: \(path): the first of \(counted(count, "tune")) is read\n") }
    return try tune.performance().midiFile(title: tune.title)
}

/// With sorted keys, for programs.
package func asJSON(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// To the right of a column.
package func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}
