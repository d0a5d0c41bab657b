import Time

extension MIDIFile.Track {
    /// What a session or a sequencer shows at a place: a marker (Standard MIDI Files 1.0, "Marker").
    /// - Parameters:
    ///   - text: cut off after 127 bytes.
    ///   - tick: not before that of the last mark or meter.
    public mutating func mark(_ text: String, at tick: Int) {
        let bytes = Array(text.utf8.prefix(127))
        append(meta: 0x06, bytes, at: tick)
    }

    /// A time signature.
    /// - Parameter tick: not before that of the last mark or meter.
    public mutating func set(_ meter: Meter, at tick: Int) {
        let (numerator, power) = (UInt8(clamping: meter.numerator), UInt8(meter.denominator.trailingZeroBitCount))
        append(meta: 0x58, [numerator, power, 24, 8], at: tick)
    }

    /// The markers with their ticks, in file order.
    public var marks: [(tick: Int, text: String)] {
        others.compactMap { event in
            guard event.bytes.starts(with: [0xFF, 0x06]) else { return nil }
            let text = event.bytes.dropFirst(2).drop { $0 >= 0x80 }.dropFirst()
            return (event.tick, String(decoding: text, as: UTF8.self))
        }
    }

    private mutating func append(meta type: UInt8, _ data: [UInt8], at tick: Int) {
        others.append([0xFF, type, UInt8(data.count)] + data, at: tick)
        end = max(end, tick)
    }
}
