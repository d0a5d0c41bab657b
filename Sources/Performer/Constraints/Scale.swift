// REAL-TIME (any): scales by name.

/// A set of pitch classes: bit i is the class i semitones above C.
struct PitchClasses: BitwiseCopyable, Equatable {
    var bits: UInt16 = 0

    static let all = PitchClasses(bits: 0xFFF)

    func contains(_ key: Int) -> Bool { bits >> UInt16(key % 12) & 1 != 0 }

    mutating func insert(_ key: Int) { bits |= 1 << UInt16(key % 12) }

    /// Each of them `semitones` higher, 0…11.
    func raised(by semitones: Int) -> PitchClasses {
        PitchClasses(bits: (bits &<< UInt16(semitones) | bits &>> UInt16(12 &- semitones)) & 0xFFF)
    }

    /// Of C, with their names in parameters.
    static let names = ["c", "c-sharp", "d", "e-flat", "e", "f", "f-sharp", "g", "a-flat", "a", "b-flat", "b"]
}

/// What the parameter `scale` chooses from; a raw value is the parameter's.
enum Scale: Int, CaseIterable {
    case off, held, major, minor, harmonicMinor, melodicMinor, dorian, phrygian, lydian, mixolydian, locrian
    case majorPentatonic, minorPentatonic, blues, wholeTone, octatonic

    /// As the parameter has it.
    var name: String {
        switch self {
        case .harmonicMinor: "harmonic-minor"
        case .melodicMinor: "melodic-minor"
        case .majorPentatonic: "major-pentatonic"
        case .minorPentatonic: "minor-pentatonic"
        case .wholeTone: "whole-tone"
        default: "\(self)"
        }
    }

    /// The pitch classes on C; nil if there are none of its own.
    var onC: PitchClasses? {
        switch self {
        case .off, .held: nil
        case .major: PitchClasses(bits: 0b1010_1011_0101)
        case .minor: PitchClasses(bits: 0b0101_1010_1101)
        case .harmonicMinor: PitchClasses(bits: 0b1001_1010_1101)
        case .melodicMinor: PitchClasses(bits: 0b1010_1010_1101)
        case .dorian: PitchClasses(bits: 0b0110_1010_1101)
        case .phrygian: PitchClasses(bits: 0b0101_1010_1011)
        case .lydian: PitchClasses(bits: 0b1010_1101_0101)
        case .mixolydian: PitchClasses(bits: 0b0110_1011_0101)
        case .locrian: PitchClasses(bits: 0b0101_0110_1011)
        case .majorPentatonic: PitchClasses(bits: 0b0010_1001_0101)
        case .minorPentatonic: PitchClasses(bits: 0b0100_1010_1001)
        case .blues: PitchClasses(bits: 0b0100_1110_1001)
        case .wholeTone: PitchClasses(bits: 0b0101_0101_0101)
        case .octatonic: PitchClasses(bits: 0b1011_0110_1101)
        }
    }
}
