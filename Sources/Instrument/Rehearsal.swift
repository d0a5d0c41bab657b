/// Plays through everything once before the doors open, so that no code, table or page is touched for the first time in
/// front of the player: lazy initialisation takes locks and allocates.

import Kernels
import Network
import Performer
import Ports

public func rehearse(_ network: Network, kernels: KernelTable) throws(PerformerError) {
    var values = ParameterValues()
    (values[.turnTaking], values[.patience], values[.hold]) = (0, 50, 0.1)
    values[.topPKey] = 0.9
    let performer = Performer(mind: try Mind(network, kernels: kernels), sampleRate: 48_000, values: values)
    let port = MemoryPort(performer)
    func play(_ seconds: Int64, _ messages: [(UInt8, UInt8, UInt8)]) {
        let end = port.now + seconds * 48_000
        _ = port.cycle(256, messages.map { TimedMessage(frame: port.now, status: $0.0, data1: $0.1, data2: $0.2) })
        while port.now < end { _ = port.cycle(256) }
    }
    play(1, [(0x90, 60, 80), (0xB0, 64, 127), (0x80, 60, 0), (0xB0, 64, 0), (0xE0, 0, 64)])
    // A reply under the pedal, which the next key interrupts.
    play(1, [(0x90, 60, 80), (0xB0, 64, 127), (0x80, 60, 0)])
    try performer.set(.temperatureKey, to: 1.1)
    play(1, [(0x90, 62, 80), (0x90, 62, 0)])
    try performer.adopt(try Mind(network, kernels: kernels), heard: 0)
    for command in Command.allCases {
        try performer.command(command)
        play(1, [(0x90, 64, 80), (0xB0, 123, 0)])
    }
}
