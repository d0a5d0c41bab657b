/// Texts of preset.toml that must not load.

public struct HostilePreset: Sendable {
    public let bytes: [UInt8]
    /// Where the error says it is.
    public let line: Int
    /// A part of what it must say.
    public let mentions: String

    fileprivate init(_ text: String, _ line: Int, _ mentions: String) {
        self.init(Array(text.utf8), line, mentions)
    }

    fileprivate init(_ bytes: [UInt8], _ line: Int, _ mentions: String) {
        (self.bytes, self.line, self.mentions) = (bytes, line, mentions)
    }
}

extension HostilePreset {
    private static func many(_ text: String, _ count: Int = 20_000) -> String { String(repeating: text, count: count) }

    public static let all: [HostilePreset] = [
        // Cut off.
        .init("[preset", 1, "']'"),
        .init("[", 1, "name"),
        .init("[preset]\nname", 2, "'='"),
        .init("[preset]\nname = \"x", 2, "closing"),
        .init("[preset]\nname = \"\\u12", 2, "escape"),
        .init("[preset]\nname = \"x\\", 2, "escape"),
        .init("\n\n[parameters]\npatience = ", 4, "no value"),
        .init("[parameters]\npatience = 6e", 2, "decimal number"),
        // Not this part of TOML, or none.
        .init("[.]", 1, "name"),
        .init("[]", 1, "name"),
        .init("[[preset]]", 1, "name"),
        .init("[parameters.deep]", 1, "[parameters]"),
        .init("[\"preset.deep\"]", 1, "not read here"),
        .init("['']", 1, "not read here"),
        .init("[preset] name", 1, "comment"),
        .init("[preset]\r", 1, "comment"),
        .init("[parameters]\npatience 600", 2, "'='"),
        .init("[parameters]\n= 600", 2, "name"),
        .init("[parameters]\npatience.x = 1", 2, "dots"),
        .init("[parameters]\npatience = 600 601", 2, "comment"),
        .init("[parameters]\npatience = {}", 2, "decimal number"),
        .init("[preset]\nname = \"\"\"x", 2, "several lines"),
        .init("[preset]\nname = '''x", 2, "several lines"),
        .init("\u{0}", 1, "name"),
        .init("\u{FEFF}\u{FEFF}[preset]", 1, "name"),
        .init([0xFF, 0xFE, 0x5B, 0], 1, "UTF-8"),
        .init([0x23, 0xC3, 0x28], 1, "UTF-8"),
        .init([0x23, 0xED, 0xA0, 0x80], 1, "UTF-8"),
        // Deep, long, many.
        .init(many("["), 1, "name"),
        .init("[parameters]\npatience = " + many("["), 2, "decimal number"),
        .init("[parameters]\npatience = " + many("{a="), 2, "decimal number"),
        .init("[parameters]\npatience = " + many("9"), 2, "too large"),
        .init("[parameters]\npatience = 0." + many("0") + "x", 2, "decimal number"),
        .init("[parameters]\n" + many("x") + " = 1", 2, "no parameter"),
        .init(many("x", 60_000) + " 1", 1, "'=' is missing"),
        .init("[" + many("x", 60_000) + "]", 1, "unknown table"),
        .init("[preset]\n\"" + many("\\u0007", 9000) + "\"=x", 2, "decimal number"),
        .init("[preset]\n" + many("#\n") + "nom = 1", 20_002, "description"),
        .init("[preset]\nname = \"" + many("\\u0041", 9000), 2, "closing"),
        // Twice.
        .init("[preset]\n[preset]", 2, "twice"),
        .init("preset = 1\n[preset]", 2, "twice"),
        .init("[preset]\nname = 'x'\n[preset.name]", 3, "twice"),
        .init("[preset.name]\n[preset]\nname = 'x'", 3, "twice"),
        .init("[parameters]\npatience = 1\npatience = 2", 3, "twice"),
        .init("[parameters]\npatience = 1\n'patience' = 2", 3, "twice"),
        .init("[parameters]\npatience = 1\n\"p\\u0061tience\" = 1", 3, "twice"),
        // Unknown.
        .init("speed = 1", 1, "[parameters]"),
        .init("[Parameters]", 1, "[parameters]"),
        .init("[preset]\nnom = \"x\"", 2, "description"),
        .init("[parameters]\npatiense = 600", 2, "'patiense'"),
        .init("[parameters]\n\"patience\\u0000\" = 600", 2, "'patience?'"),
        .init("[parameters]\nPatience = 600", 2, "'Patience'"),
        // Of another type.
        .init("[preset]\nname = 7", 2, "string"),
        .init("[preset]\nname = true", 2, "string"),
        .init("[parameters]\npatience = \"600\"", 2, "not the text '600'"),
        .init("[parameters]\npatience = true", 2, "0…10000 ms, not true"),
        .init("[parameters]\npatience = [600]", 2, "decimal number"),
        .init("[parameters]\npatience = 0x10", 2, "decimal number"),
        .init("[parameters]\npatience = 2020-01-01", 2, "decimal number"),
        .init("[parameters]\nthru = \"loud\"", 2, "0 or 1, not the text 'loud'"),
        .init("[parameters]\nlisten = \"some\"", 2, "all-but-10 (0), all (17)"),
        // No number, or none in range.
        .init("[parameters]\npatience = nan", 2, "decimal number"),
        .init("[parameters]\npatience = -nan", 2, "decimal number"),
        .init("[parameters]\npatience = inf", 2, "decimal number"),
        .init("[parameters]\npatience = +inf", 2, "decimal number"),
        .init("[parameters]\npatience = infinity", 2, "decimal number"),
        .init("[parameters]\npatience = 06", 2, "decimal number"),
        .init("[parameters]\npatience = 6__0", 2, "decimal number"),
        .init("[parameters]\npatience = _6", 2, "decimal number"),
        .init("[parameters]\npatience = 6.", 2, "decimal number"),
        .init("[parameters]\npatience = .6", 2, "decimal number"),
        .init("[parameters]\npatience = 1e", 2, "decimal number"),
        .init("[parameters]\nseed = 9007199254740993", 2, "too large"),
        .init("[parameters]\npatience = 10001", 2, "0…10000 ms"),
        .init("[parameters]\npatience = 1e99", 2, "0…10000 ms"),
        .init("[parameters]\npatience = 1e999", 2, "0…10000 ms"),
        .init("[parameters]\npatience = -1", 2, "0…10000 ms"),
        .init("[parameters]\npolyphony = 3.5", 2, "whole numbers"),
        .init("[parameters]\nseed = 16777217", 2, "whole numbers"),
        .init("[parameters]\nthru = 2", 2, "0 or 1"),
        // What would upset a terminal, or reach elsewhere.
        .init("[preset]\nname = \"\\u001b[2J\"", 2, "control"),
        .init("[preset]\nname = \"\u{1b}\"", 2, "control"),
        .init("[preset]\nname = \"\u{7f}\"", 2, "control"),
        .init("[preset]\nname = \"\\ud800\"", 2, "escape"),
        .init("[preset]\nname = \"\\U00110000\"", 2, "escape"),
        .init("[preset]\nmodel = \"../other/model.safetensors\"", 2, "own folder"),
        .init("[preset]\nmodel = \"/etc/passwd\"", 2, "own folder"),
        .init("[preset]\nmodel = \"..\"", 2, "own folder"),
        .init("[preset]\nmodel = \"\"", 2, "own folder"),
        // Half of it is good: nothing of it may be done.
        .init("[parameters]\npatience = 0\nentry = 0\nauto = false\nmax-note = 1000", 5, "0.1…60 s"),
    ]
}
