import Representation
import Score
import TestSupport

/// A player at random; each seed plays in another way: chords, trills within a tick, long rests, pedals of two channels,
/// few keys or all, ends without a beginning.
func randomPlaying(_ seed: UInt64, count: Int = 400) -> [PlayedEvent] {
    var dice = Dice(seed: seed)
    let keys = [UInt8(50)..<60, 0..<128, 60..<61, 40..<90].randomElement(using: &dice)!
    let kinds: [PlayedEvent.Kind] = [
        [.noteOn, .noteOn, .noteOff, .noteOff, .sustain], [.noteOn, .noteOff], [.noteOn, .noteOn, .noteOn, .sustain],
    ].randomElement(using: &dice)!
    let longest: Int64 = [20_000_000_000, 3_000_000_000, 150_000_000_000].randomElement(using: &dice)!
    let chance = Int.random(in: 1...12, using: &dice)
    var time: Int64 = .random(in: 0..<longest, using: &dice)
    let events = (0..<count).map { _ in
        switch Int.random(in: 0..<20, using: &dice) {
        case 0: time += .random(in: 0..<longest, using: &dice)
        case 1...chance: time += .random(in: 0..<200_000_000, using: &dice)
        case 13...15: break
        default: time += .random(in: 0..<4_000_000, using: &dice)
        }
        return PlayedEvent(
            time: time, kind: kinds.randomElement(using: &dice)!, channel: .random(in: 0..<2, using: &dice),
            key: .random(in: keys, using: &dice), value: .random(in: 1..<128, using: &dice))
    }
    return events.sorted(by: PlayedEvent.inPlayingOrder)
}

/// A second later the pedals go up, and every key.
func ended(_ events: [PlayedEvent]) -> [PlayedEvent] {
    let end = events.last!.time + 1_000_000_000
    let ends = (0..<2 as Range<UInt8>).flatMap { channel in
        [PlayedEvent(time: end, kind: .sustain, channel: channel, key: 0, value: 0)]
            + (0..<128).map { PlayedEvent(time: end, kind: .noteOff, channel: channel, key: $0, value: 0) }
    }
    return events + ends.sorted(by: PlayedEvent.inPlayingOrder)
}

/// In the decoder's order, which is that of playing.
func played(_ events: [KeyEvent]) -> [PlayedEvent] {
    events.map {
        PlayedEvent(
            time: $0.tick * 10_000_000, kind: $0.isOn ? .noteOn : .noteOff, channel: 0, key: $0.key,
            value: max($0.velocity, 1))
    }
}

/// Why a class may not stand where it stands in a corpus; nil if all may.
func illegalToken<R: Representation>(_: R.Type, _ tokens: [Token]) -> String? {
    var state = R()
    for (place, token) in tokens.enumerated() {
        for field in R.fields.indices where R.has(field, given: token) {
            if !state.legal(field, given: token, within: .corpus).contains(Int(token[field])) {
                return "token \(place), \(token): its \(R.fields[field].name) is masked"
            }
        }
        state.emit(token) { _ in }
    }
    return nil
}

/// What decoding the tokens and encoding that again does not give back; nil if it gives all. Two things a stream of
/// tokens does not tell: the silence behind its last note, and the ends of notes that it leaves open.
func changeByDecoding(_ all: [Token], order: EventOrder = .playing) -> String? {
    var tokens = all
    while tokens.last?[1] == Int16(Performance.wait) { tokens.removeLast() }
    let again = Performance.encode(played(Performance.decode(tokens)), order: order)
    var state = Performance()
    for token in tokens { state.emit(token) { _ in } }
    state.releaseAll(at: state.tick, certain: { tokens.append($0) }, { _ in })
    guard again != tokens else { return nil }
    let place = zip(again, tokens).enumerated().first { $1.0 != $1.1 }?.offset ?? min(again.count, tokens.count)
    return "token \(place): \(tokens.dropFirst(place).prefix(3)) became \(again.dropFirst(place).prefix(3))"
}

/// The tokens of events heard live: time passes in between, looked at now and then, and each look assumes a rest.
func heardLive<R: Representation>(
    _: R.Type = Performance.self, _ events: [PlayedEvent], _ dice: inout Dice
) -> [Token] {
    var live = R()
    var tokens: [Token] = []
    var now = R.nearestTick(toNanoseconds: events.first?.time ?? 0)
    for event in events {
        let next = R.nearestTick(toNanoseconds: event.time)
        while Bool.random(using: &dice) {
            now = .random(in: now...next, using: &dice)
            live.advance(to: now) { tokens.append($0) }
            assumeAndImprovise(live, from: now, &dice)
        }
        live.hear(R.heard(event)) { tokens.append($0) }
        now = next
    }
    live.assumeRest(at: now + 1, assumed: { tokens.append($0) }, released: { _ in })
    return tokens
}

/// What the planner does with a copy, which must leave no trace in what is heard.
private func assumeAndImprovise<R: Representation>(_ heard: R, from now: Int64, _ dice: inout Dice) {
    var planner = heard
    planner.assumeRest(at: now + .random(in: 0..<200, using: &dice), assumed: { _ in }, released: { _ in })
    for _ in 0..<3 where !planner.isAsleep {
        let row = drawnToken(planner, within: .play, &dice)
        planner.emit(row) { _ in }
    }
}

extension LegalClasses {
    /// The classes, ascending.
    var list: [Int] {
        words.enumerated().flatMap { word, bits in
            bits == 0 ? [] : (0..<64).filter { bits >> UInt64($0) & 1 != 0 }.map { 64 * word + $0 }
        }
    }
}

/// Any that the masks allow.
func drawnToken<R: Representation>(_ state: R, within bounds: Bounds, _ dice: inout Dice) -> Token {
    var row = Token.empty
    for field in R.fields.indices where R.has(field, given: row) {
        let mask = state.legal(field, given: row, within: bounds)
        row[field] = Int16(mask.list.randomElement(using: &dice) ?? 0)
    }
    return row
}
