/// An address pattern of OSC 1.0: `?` one character, `*` any, `[a-z]` one of these, `[!a-z]` one of the others, `{foo,bar}` one
/// of these words; none of them reaches over a '/'.
struct OSCPattern {
    private enum Step {
        case character(UInt8)
        case any
        case many
        case one(of: [ClosedRange<UInt8>], isNot: Bool)
        case words([[UInt8]])
    }

    private let parts: [[Step]]

    /// More than any address of Continuo needs, so that matching takes no time.
    static let longest = 1000

    static func isPattern(_ address: String) -> Bool { address.utf8.contains { "?*[{".utf8.contains($0) } }

    /// - Returns: nil if it is too long, or a bracket does not end.
    init?(_ address: String) {
        guard address.utf8.count <= Self.longest else { return nil }
        var parts: [[Step]] = []
        for part in address.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let steps = Self.steps(of: part) else { return nil }
            parts.append(steps)
        }
        self.parts = parts
    }

    func fits(_ address: String) -> Bool {
        let names = address.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return names.count == parts.count && zip(parts, names).allSatisfy { Self.fits($0, Array($1)) }
    }

    private static func steps(of part: Substring.UTF8View.SubSequence) -> [Step]? {
        var steps: [Step] = []
        var rest = part
        while let character = rest.popFirst() {
            switch character {
            case UInt8(ascii: "?"): steps.append(.any)
            case UInt8(ascii: "*"): steps.append(.many)
            case UInt8(ascii: "["):
                guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return nil }
                steps.append(set(Array(rest[..<end])))
                rest = rest[end...].dropFirst()
            case UInt8(ascii: "{"):
                guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else { return nil }
                let words = rest[..<end].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                steps.append(.words(words.map(Array.init)))
                rest = rest[end...].dropFirst()
            default: steps.append(.character(character))
            }
        }
        return steps
    }

    /// A '-' at the end, and a '!' elsewhere than at the beginning, stand for themselves. A range may be written backwards.
    private static func set(_ text: [UInt8]) -> Step {
        let isNot = text.first == UInt8(ascii: "!")
        var rest = text.dropFirst(isNot ? 1 : 0)
        var ranges: [ClosedRange<UInt8>] = []
        while let first = rest.popFirst() {
            if rest.count >= 2 && rest.first == UInt8(ascii: "-") {
                let last = rest[rest.startIndex + 1]
                ranges.append(min(first, last)...max(first, last))
                rest = rest.dropFirst(2)
            } else {
                ranges.append(first...first)
            }
        }
        return .one(of: ranges, isNot: isNot)
    }

    /// Follows all ways at once, so that no pattern takes time squared.
    private static func fits(_ steps: [Step], _ name: [UInt8]) -> Bool {
        var places: Set<Int> = [0]
        for step in steps {
            var next: Set<Int> = []
            for place in places {
                switch step {
                case .many: next.formUnion(place...name.count)
                case .words(let words):
                    for word in words where name[place...].starts(with: word) { next.insert(place + word.count) }
                case .character, .any, .one:
                    if place < name.count && takes(step, name[place]) { next.insert(place + 1) }
                }
            }
            places = next
        }
        return places.contains(name.count)
    }

    private static func takes(_ step: Step, _ character: UInt8) -> Bool {
        switch step {
        case .character(let wanted): character == wanted
        case .one(let ranges, let isNot): ranges.contains { $0.contains(character) } != isNot
        case .any: true
        case .many, .words: false
        }
    }
}
