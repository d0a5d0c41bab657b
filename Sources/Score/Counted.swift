/// "1 piece", "2 pieces": a number with its noun, whose plural takes an s.
public func counted(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
