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

/// A MIDI file, with a warning on standard error for each kind of fault that it was read in spite of.
package func readMusic(_ path: String) throws -> MIDIFile {
    try MIDIFile(path: path) { tell("continuo: \($0)\n") }
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
