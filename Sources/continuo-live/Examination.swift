import Commands

/// What was looked at, and what is to be said of it.
struct Finding: Encodable {
    enum State: String, Encodable { case ok, warning, failure }

    /// One or two words.
    let check: String
    let state: State
    let found: String
    /// What to do next; empty where nothing needs doing.
    let advice: String
    /// Of sysexits.h, for a failure.
    let status: Int32
}

/// Looks at one thing after the other. What each of them needs is in `Examination+….swift`.
struct Examination: CustomStringConvertible {
    private(set) var findings: [Finding] = []

    mutating func ok(_ check: String, _ found: String) {
        findings.append(Finding(check: check, state: .ok, found: found, advice: "", status: 0))
    }

    mutating func warn(_ check: String, _ found: String, do advice: String) {
        findings.append(Finding(check: check, state: .warning, found: found, advice: advice, status: 0))
    }

    mutating func fail(_ check: String, _ found: String, do advice: String, _ status: Int32) {
        findings.append(Finding(check: check, state: .failure, found: found, advice: advice, status: status))
    }

    /// Of the first failure, since the others may follow from it; 0 if there is none.
    var status: Int32 { findings.first { $0.state == .failure }?.status ?? 0 }

    var description: String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        let lines = findings.map { finding in
            padded(finding.state.rawValue, 9) + padded(finding.check, 13) + finding.found
                + (finding.advice.isEmpty ? "" : "\n" + padded("", 22) + "→ " + finding.advice)
        }
        func checks(_ state: Finding.State) -> String {
            findings.filter { $0.state == state }.map(\.check).joined(separator: ", ")
        }
        let verdict =
            switch (checks(.failure), checks(.warning)) {
            case ("", ""): "The instrument can play."
            case ("", let warnings): "Nothing forbids the instrument to play; still to be seen to: \(warnings)."
            case (let failures, _): "The instrument cannot play yet: see \(failures)."
            }
        return (lines + ["", verdict]).joined(separator: "\n")
    }
}
