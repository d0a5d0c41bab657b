// REAL-TIME (any): the value of each parameter.

import Representation

/// A value for each parameter; any thread may hold its own.
public struct ParameterValues: Sendable, BitwiseCopyable {
    /// Room for more parameters than there are: the compiler takes no count here but a literal.
    private typealias Storage = InlineArray<128, Float>
    private var values: Storage

    /// The defaults.
    public init() {
        precondition(Parameter.declarations.count <= Storage.count, "more parameters than ParameterValues has room for")
        values = Storage { $0 < Parameter.declarations.count ? Parameter.declarations[$0].defaultValue : 0 }
    }

    public subscript(_ parameter: Parameter) -> Float {
        get { values[parameter.rawValue] }
        set { values[parameter.rawValue] = newValue }
    }

    subscript(_ index: Int) -> Float { values[index] }

    /// Unchecked against the range: the sender has done that.
    mutating func set(_ index: Int, to value: Float) { values[index] = value }

    func isOn(_ parameter: Parameter) -> Bool { self[parameter] != 0 }

    /// Whether the player's music on a channel, 0…15, is heard (`listen`, `mode`).
    public func hears(_ channel: UInt8) -> Bool {
        guard mode != .bypass else { return false }
        return switch self[.listen] {
        case 0: channel != PlayerChannels.percussion
        case 17: true
        default: channel == UInt8(self[.listen]) &- 1
        }
    }

    /// `polyphony` where there is no player to tell it.
    static var plainPolyphony: Int { 16 }

    /// What the machine's tokens may do anywhere in a reply.
    /// - Parameter ticksPerSecond: of the representation's grid.
    @_noAllocation @_noLocks func bounds(ticksPerSecond: Int64) -> Bounds {
        var bounds = Bounds.play
        bounds.polyphony = self[.polyphony] > 0 ? Int(self[.polyphony]) : Self.plainPolyphony
        bounds.shortestNote = max(1, Int64(self[.minNote] * Float(ticksPerSecond) / 1000 + 0.5))
        return bounds
    }
}
