/// What the player plays, from a file.

import Performer
import Score

extension MIDIFile {
    /// As a phrase on the server's frames: notes and pedal on `channel`, from the first of them on.
    public func phrase(channel: UInt8, sampleRate: Int) -> [FrameMessage] {
        let events = playedEvents()
        return events.map { event in
            let status: UInt8
            switch event.kind {
            case .noteOff: status = 0x80
            case .noteOn: status = 0x90
            case .sustain: status = 0xB0
            }
            let microseconds = (event.time - events[0].time) / 1000
            return FrameMessage(
                frame: microseconds * Int64(sampleRate) / 1_000_000,
                message: MIDIMessage(
                    offset: 0, status: status | channel, data1: event.kind == .sustain ? 64 : event.key,
                    data2: event.value))
        }
    }
}

extension Take {
    /// The player on the first track, the machine on the second; the first message is at time 0.
    public func recording(sampleRate: Int) -> MIDIFile {
        let start = messages.first?.frame ?? 0
        let all = messages.map { heard in
            let (seconds, rest) = (heard.frame - start).quotientAndRemainder(dividingBy: Int64(sampleRate))
            return ChannelMessage(
                time: seconds * 1_000_000_000 + rest * 1_000_000_000 / Int64(sampleRate),
                status: heard.message.status, data1: heard.message.data1, data2: heard.message.data2)
        }
        return MIDIFile(recording: [
            (name: "player", messages: all.filter { $0.status & 0x0F != machineChannel }),
            (name: "Continuo", messages: all.filter { $0.status & 0x0F == machineChannel }),
        ])
    }
}
