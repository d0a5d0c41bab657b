import TOML
import Text

/// One key of a recipe, declared once: reading files, `--set`, writing and `continuo recipes` all come from it.
public struct RecipeKey<Owner>: Sendable {
    typealias Place<Value> = WritableKeyPath<Owner, Value> & Sendable

    /// As in "training.dropout"; of a data set only what follows "data.NAME.".
    public let name: String
    /// The values it takes, for people.
    public let range: String
    /// One sentence.
    public let about: String
    /// - Returns: what is wrong with the value, or nil if it is stored.
    let store: @Sendable (inout Owner, TOMLDocument.Value) -> String?
    let value: @Sendable (Owner) -> TOMLDocument.Value

    static func text(_ name: String, _ place: Place<String>, _ range: String, _ about: String) -> Self {
        Self(name: name, range: range, about: about) { owner, value in
            guard case .string(let text) = value else { return "is not a string" }
            owner[keyPath: place] = text
            return nil
        } value: {
            .string($0[keyPath: place])
        }
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable & SendableMetatype>(
        _ name: String, _ place: Place<Choice>, _ about: String
    ) -> Self {
        let range = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        return Self(name: name, range: range, about: about) { owner, value in
            guard case .string(let text) = value, let choice = Choice(rawValue: text) else { return "must be \(range)" }
            owner[keyPath: place] = choice
            return nil
        } value: {
            .string($0[keyPath: place].rawValue)
        }
    }

    static func whole(
        _ name: String, _ place: Place<Int>, _ range: ClosedRange<Int>, multipleOf factor: Int = 1, _ about: String
    ) -> Self {
        let span = "\(range.lowerBound)…\(range.upperBound)" + (factor == 1 ? "" : ", a multiple of \(factor)")
        return Self(name: name, range: span, about: about) { owner, value in
            guard case .number(let found) = value, let number = Int(exactly: found) else {
                return "is not a whole number"
            }
            guard range.contains(number), number % factor == 0 else { return "is \(number); it must be \(span)" }
            owner[keyPath: place] = number
            return nil
        } value: {
            .number(Double($0[keyPath: place]))
        }
    }

    static func number(
        _ name: String, _ place: Place<Double>, _ range: ClosedRange<Double>, _ about: String
    ) -> Self {
        let span = "\(shortest(range.lowerBound))…\(shortest(range.upperBound))"
        return Self(name: name, range: span, about: about) { owner, value in
            guard case .number(let number) = value else { return "is not a number" }
            guard range.contains(number) else { return "is \(shortest(number)); it must be \(span)" }
            owner[keyPath: place] = number
            return nil
        } value: {
            .number($0[keyPath: place])
        }
    }

    /// Stores what `--set` says: text may stand without quotes.
    func store(_ owner: inout Owner, text: String) -> String? {
        if case .string = value(owner), text.first != "\"" && text.first != "'" { return store(&owner, .string(text)) }
        guard let document = try? TOMLDocument(Array("x = \(text)".utf8)), let value = document.entries.first?.value
        else {
            return "cannot be \(text); it takes \(range)"
        }
        return store(&owner, value)
    }

    /// Whether what stands there before anything is said is a value that the key takes.
    public func hasDefault(_ defaults: Owner) -> Bool {
        var owner = defaults
        return store(&owner, value(defaults)) == nil
    }

    /// As a recipe has it.
    public func shown(_ owner: Owner) -> String { TOMLText.written(value(owner)) }
}
