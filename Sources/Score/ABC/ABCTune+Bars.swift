import Time

/// How long a bar is as it is written, for who judges whether it is full.
public struct ABCWrittenBar: Equatable, Sendable {
    public var length = Beats.zero
    /// At the end of the bar; nil is free meter.
    public var meter: Meter?
    /// Whether anything but rests is in it.
    public var sounds = false
    /// The bar line after it; nil at the end of a tune that ends without one.
    public var line: ABCBarLine?

    /// Whether it lasts a bar of its meter, or several for `Z4`.
    public var isFull: Bool {
        guard let meter else { return true }
        return sounds ? length == meter.bar : length > .zero && length.units % meter.bar.units == 0
    }
}

extension ABCTune {
    /// The bars of a voice in the order of the text, without those that have neither notes nor rests.
    ///
    /// A bar before the first, and the two halves of one that a repeat divides, are not full.
    /// - Parameter voice: index in `voices`.
    public func bars(voice: Int = 0) throws(ABCError) -> [ABCWrittenBar] {
        var bars: [ABCWrittenBar] = []
        var bar = ABCWrittenBar(meter: meter)
        var length = Beats.zero
        var isEmpty = true
        func close(_ line: ABCBarLine?) {
            bar.length = max(bar.length, length)
            bar.line = line
            if !isEmpty { bars.append(bar) }
            bar = ABCWrittenBar(meter: bar.meter)
            (length, isEmpty) = (.zero, true)
        }
        for event in try ABCVoiceReader.events(self, voices[voice]) {
            switch event {
            case .sound(let sound):
                guard let beats = sound.length.beats(limit: ABCPerformance.longest),
                    length + beats <= Beats(ABCPerformance.longest)
                else { throw ABCError(.tooLong(quarters: ABCPerformance.longest), at: sound.position) }
                length = length + beats
                bar.sounds = bar.sounds || !sound.keys.isEmpty
                isEmpty = false
            case .overlay:
                bar.length = max(bar.length, length)
                length = .zero
            case .meter(let meter): bar.meter = meter
            case .barLine(let line): close(line)
            case .ending, .part, .tempo: break
            }
        }
        close(nil)
        return bars
    }
}
