/// Meta and system exclusive events that say nothing of what sounds, in file order.
public struct OtherEvents: Equatable, Sendable, RandomAccessCollection {
    private struct Place: Equatable {
        var tick: Int
        /// In `bytes`, where the next one's begin.
        var end: Int
    }

    private var places: [Place] = []
    /// All events', as they stand in a file, from the status byte on. One array: files may hold millions.
    private var bytes: [UInt8] = []

    public var startIndex: Int { 0 }
    public var endIndex: Int { places.count }

    public subscript(_ index: Int) -> (tick: Int, bytes: ArraySlice<UInt8>) {
        (places[index].tick, bytes[(index == 0 ? 0 : places[index - 1].end)..<places[index].end])
    }

    /// - Parameter tick: not before the last one's.
    mutating func append(_ event: some Collection<UInt8>, at tick: Int) {
        bytes += event
        places.append(Place(tick: tick, end: bytes.count))
    }

    mutating func removeAll(where isUnwanted: ((tick: Int, bytes: ArraySlice<UInt8>)) -> Bool) {
        guard contains(where: isUnwanted) else { return }
        var rest = OtherEvents()
        for event in self where !isUnwanted(event) { rest.append(event.bytes, at: event.tick) }
        self = rest
    }

    /// - Parameter change: must keep the order.
    mutating func changeTicks(_ change: (Int) -> Int) {
        for index in places.indices { places[index].tick = change(places[index].tick) }
    }
}
