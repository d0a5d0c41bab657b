// Not real-time: the representations that the program knows.

import Synchronization

public enum Representations {
    /// A line for each representation.
    private static let builtIn: [any Representation.Type] = [
        Performance.self, Sonority.self, SonorityStream<ChordStream>.self, SonorityStream<OffsetStream>.self,
        SonorityStream<DurationStream>.self, ABC.self, Characters86.self,
    ]

    /// Those of tests.
    private static let registered = Mutex<[any Representation.Type]>([])

    /// - Thread: control
    public static var all: [any Representation.Type] { builtIn + registered.withLock { $0 } }

    public static var names: [String] { all.map { $0.name } }

    /// Adds a representation beside the built-in ones; does nothing if one of its name is known.
    /// - Thread: control
    public static func register(_ type: any Representation.Type) {
        registered.withLock { list in
            if !(builtIn + list).contains(where: { $0.name == type.name }) { list.append(type) }
        }
    }

    /// The representation of this name; nil if there is none.
    /// - Thread: control
    public static func named(_ name: String) -> (any Representation.Type)? { all.first { $0.name == name } }
}
