/// One of the representations, chosen by the model at run time without existential boxes: the real-time path may
/// neither allocate nor count references.

public enum LiveRepresentation: BitwiseCopyable, Sendable {
    case performance(Performance)
    case dyads(Dyads)

    /// Nil if no representation has this name.
    public init?(named name: String) {
        switch name {
        case Performance.name: self = .performance(Performance())
        case Dyads.name: self = .dyads(Dyads())
        default: return nil
        }
    }

    public static let names = [Performance.name, Dyads.name]

    /// Name and number of classes of each field.
    public var fields: [(name: String, classes: Int)] {
        switch self {
        case .performance: Performance.fields
        case .dyads: Dyads.fields
        }
    }

    /// A fresh one of the same kind.
    @_noAllocation @_noLocks
    public mutating func reset() {
        switch self {
        case .performance: self = .performance(Performance())
        case .dyads: self = .dyads(Dyads())
        }
    }

    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    public var tick: Int64 {
        @_noAllocation @_noLocks get {
            switch self {
            case .performance(let r): r.tick
            case .dyads(let r): r.tick
            }
        }
    }

    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    public var machineKeys: KeySet {
        @_noAllocation @_noLocks get {
            switch self {
            case .performance(let r): r.machineKeys
            case .dyads(let r): r.machineKeys
            }
        }
    }

    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    public var isAsleep: Bool {
        @_noAllocation @_noLocks get {
            switch self {
            case .performance(let r): r.isAsleep
            case .dyads(let r): r.isAsleep
            }
        }
    }

    @_noAllocation @_noLocks
    public func has(_ field: Int, given row: Token) -> Bool {
        switch self {
        case .performance: Performance.has(field, given: row)
        case .dyads: Dyads.has(field, given: row)
        }
    }

    @_noAllocation @_noLocks
    public func mask(_ field: Int, given row: Token, within bounds: Bounds) -> Mask {
        switch self {
        case .performance(let r): r.mask(field, given: row, within: bounds)
        case .dyads(let r): r.mask(field, given: row, within: bounds)
        }
    }

    @_noAllocation @_noLocks
    public mutating func hear(_ event: HeardEvent, settled: (Token) -> Void) {
        switch self {
        case .performance(var r):
            r.hear(event, settled: settled)
            self = .performance(r)
        case .dyads(var r):
            r.hear(event, settled: settled)
            self = .dyads(r)
        }
    }

    @_noAllocation @_noLocks
    public mutating func advance(to tick: Int64, settled: (Token) -> Void) {
        switch self {
        case .performance(var r):
            r.advance(to: tick, settled: settled)
            self = .performance(r)
        case .dyads(var r):
            r.advance(to: tick, settled: settled)
            self = .dyads(r)
        }
    }

    @_noAllocation @_noLocks
    public mutating func assumeRest(at tick: Int64, assumed: (Token) -> Void, released: (KeyEvent) -> Void) {
        switch self {
        case .performance(var r):
            r.assumeRest(at: tick, assumed: assumed, released: released)
            self = .performance(r)
        case .dyads(var r):
            r.assumeRest(at: tick, assumed: assumed, released: released)
            self = .dyads(r)
        }
    }

    @_noAllocation @_noLocks
    public mutating func emit(_ token: Token, _ sounding: (KeyEvent) -> Void) {
        switch self {
        case .performance(var r):
            r.emit(token, sounding)
            self = .performance(r)
        case .dyads(var r):
            r.emit(token, sounding)
            self = .dyads(r)
        }
    }

    @_noAllocation @_noLocks
    public mutating func releaseAll(at tick: Int64, settled: (Token) -> Void, _ sounding: (KeyEvent) -> Void) {
        switch self {
        case .performance(var r):
            r.releaseAll(at: tick, settled: settled, sounding)
            self = .performance(r)
        case .dyads(var r):
            r.releaseAll(at: tick, settled: settled, sounding)
            self = .dyads(r)
        }
    }
}
