import Score
import Time

/// A tune with this music: in quarters, 4/4, C major.
func abc(_ music: String, header: String = "") -> [UInt8] {
    Array("X:1\nM:4/4\nL:1/4\n\(header)K:C\n\(music)\n".utf8)
}

/// What the only tune of a text plays.
func performance(_ bytes: [UInt8]) throws -> ABCPerformance { try ABCCollection(bytes: bytes).tunes[0].performance() }

/// Names of the notes as they are played, each as ABC has it in C major.
func played(_ bytes: [UInt8]) throws -> String {
    try performance(bytes).notes.map { name($0.key) }.joined()
}

private func name(_ key: UInt8) -> String {
    let names = ["C", "^C", "D", "^D", "E", "F", "^F", "G", "^G", "A", "^A", "B"]
    let name = names[Int(key) % 12]
    return key < 60 ? name + "," : key < 72 ? name : name.lowercased()
}
