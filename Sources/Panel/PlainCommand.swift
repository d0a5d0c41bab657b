/// A command without arguments: a button of the page, and a node of OSCQuery. Declared here once.
package struct PlainCommand: Sendable {
    /// Its OSC address is /continuo/NAME.
    package let name: String
    let sentence: String

    package static let all = [
        Self(name: "takeover", sentence: "The machine plays now."),
        Self(name: "yield", sentence: "The machine stops and waits for your next phrase."),
        Self(name: "tap", sentence: "A beat: two or more set the tempo of the internal clock."),
        Self(name: "reset", sentence: "As yield; also empties the memory."),
        Self(name: "panic", sentence: "Ends everything that may sound, on all channels."),
    ]
    static let names = Set(all.map(\.name))
}
