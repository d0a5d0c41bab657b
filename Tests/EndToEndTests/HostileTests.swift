import Duet
import Files
import Glibc
import Hostile
import Network
import OSC
import Performer
import Processes
import Score
import TestSupport
import Testing

extension EndToEndTests {
    /// Two daemons on one server hear the same player. One of them gets all that is hostile while it listens and plays.
    /// What they sound must be the same, message for message, frame for frame.
    @Suite struct HostileTests {
        private static let machine: UInt8 = 1

        private struct Side {
            let musician: Musician
            let instrument: DaemonUnderTest
            let control: OSCClient
            var take = Take(machineChannel: machine)

            init(_ label: String, _ server: DummyServer, presets: String) throws {
                musician = try Musician(on: server, machineChannel: machine)
                let port = try OSCClient.freePort()
                control = try OSCClient(port: port)
                instrument = try DaemonUnderTest(
                    label, preset: "good", on: server, machineChannel: machine,
                    arguments: [
                        "--presets", presets, "--osc-port", "\(port)", "--set", "patience=400",
                        // Dense enough to tell.
                        "--set", "similarity=0",
                    ])
                try instrument.connect(to: musician)
            }
        }

        @Test func nothingHostileIsHeard() throws {
            let server = try DummyServer("hostile")
            defer { server.stop() }
            let presets = try HostilePresets()
            var (calm, attacked) = (
                try Side("calm", server, presets: presets.folder), try Side("attacked", server, presets: presets.folder)
            )
            defer {
                calm.musician.close()
                attacked.musician.close()
            }
            func listen() throws(ProcessError) {
                for message in calm.musician.hear() { calm.take.append(message) }
                for message in attacked.musician.hear() { attacked.take.append(message) }
                try calm.instrument.check()
                try attacked.instrument.check()
            }
            let rate = Int64(calm.musician.sampleRate)
            let start = calm.musician.now + rate / 5
            for side in [calm, attacked] { side.musician.play(Self.phrase, .at(start)) }

            // The whole of it while the phrase is played, the reply, an interruption, and the reply to that.
            try attack(attacked.control, presets, whileBefore: { calm.musician.now < start + 9 * rate }, listen)
            try wait(seconds: 30, orFail: "the server's time stands still") { () throws(ProcessError) in
                try listen()
                // On a busy machine the server's cycles lag behind its clock.
                return calm.musician.now > start + 10 * rate
            }

            #expect(calm.take.replies.count >= 2 && calm.take.yields.count >= 1 && calm.take.machineNotes > 10)
            let statuses = [calm, attacked].map { $0.control.status(within: 3000) ?? [:] }
            for name in ["late", "dropped", "silenced", "overflows", "lost"] {
                #expect(statuses.map { $0[name] } == [.int(0), .int(0)], "\(name)")
            }
            #expect(statuses[1]["preset"] == .string("good"))
            #expect(try calm.instrument.stop() == 0 && attacked.instrument.stop() == 0)
            try pause(milliseconds: 200)
            for message in calm.musician.hear() { calm.take.append(message) }
            for message in attacked.musician.hear() { attacked.take.append(message) }
            #expect(calm.take.machine.isEmpty && attacked.take.machine.isEmpty)
            #expect(calm.musician.lost + attacked.musician.lost == 0)
            let last = start + 9 * rate
            let (quiet, disturbed) = (
                calm.take.messages.filter { $0.frame < last }, attacked.take.messages.filter { $0.frame < last }
            )
            #expect(quiet == disturbed)
        }

        /// Every case at least once, and then again and again.
        private func attack(
            _ control: OSCClient, _ presets: HostilePresets, whileBefore isTime: () -> Bool,
            _ listen: () throws(ProcessError) -> Void
        ) throws {
            let parameters = control.list("/continuo/list")
            var damage = Damage(seed: 4)
            var rounds = 0
            // 50,000 of any bytes, as fast as they can be sent, while the phrase is played.
            for round in 0..<50_000 {
                control.send(damage.bytes(1...100))
                if round % 500 == 0 { try listen() }
            }
            control.drain()
            while isTime() || rounds == 0 {
                for packet in HostilePacket.all {
                    let answer = ask(control, packet.bytes)
                    #expect(says(answer, packet.mentions), "\(packet.what): \(String(describing: answer))")
                    try listen()
                }
                for (name, mentions) in presets.cases {
                    let answer = ask(control, OSCMessage("/continuo/preset/load", [.string(name)]).encoded())
                    #expect(says(answer, mentions), "\(name): \(String(describing: answer))")
                    try listen()
                }
                // A flood, of what is no message of Continuo's by chance, whose answers nobody reads.
                for round in 0..<2000 {
                    control.send(round % 100 == 0 ? [UInt8](repeating: 0x2F, count: 65_507) : damage.bytes(1...100))
                }
                control.drain()
                try listen()
                rounds += 1
            }
            #expect(parameters != nil && control.list("/continuo/list", within: 3000) == parameters)
        }

        private func ask(_ control: OSCClient, _ bytes: [UInt8]) -> OSCMessage? {
            control.ask(bytes, within: 3000)
        }

        private func says(_ answer: OSCMessage?, _ mentions: String) -> Bool {
            guard answer?.address == "/continuo/error", case .string(let text)? = answer?.arguments.last else {
                return false
            }
            return text.contains(mentions)
        }

        /// A phrase, and 3.2 s after its start another one, which finds the machine playing.
        private static let phrase = [0, 153_600].flatMap { (origin: Int64) in
            (0..<8).flatMap { index in
                let (start, key) = (origin + Int64(index) * 7200, [60, 64, 67, 72, 71, 67, 65, 62][index] as UInt8)
                return [
                    FrameMessage(frame: start, message: MIDIMessage(offset: 0, status: 0x90, data1: key, data2: 70)),
                    FrameMessage(
                        frame: start + 6001, message: MIDIMessage(offset: 0, status: 0x80, data1: key, data2: 64)),
                ]
            }
        }
    }
}

/// A folder with one preset that plays and all that do not, which goes with this object.
private final class HostilePresets {
    private let temporary: TemporaryFolder
    var folder: String { temporary.path }
    /// Names of presets, and a part of what must be said of each.
    private(set) var cases: [(name: String, mentions: String)] = []

    init() throws {
        temporary = try TemporaryFolder()
        let random = try RandomPreset()
        let file = random.path + "/model.safetensors"
        let weights = try Model.load(file).weights
        let raw = RawModel(
            metadata: weights.layout.configuration.metadata,
            tensors: weights.layout.all.map { ($0.name, $0.shape, Array(weights[$0])) })
        let plain = Array("[preset]\n".utf8)
        try add("good", plain, try readFile(file, limit: 1 << 24))
        for (index, model) in (HostileModel.files(raw) + HostileModel.strangers(raw)).enumerated() {
            try add("model-\(index)", plain, model.bytes)
            cases.append(("model-\(index)", model.mentions))
        }
        for (index, preset) in HostilePreset.all.enumerated() {
            try add("preset-\(index)", preset.bytes, [])
            cases.append(("preset-\(index)", preset.mentions))
        }
    }

    private func add(_ name: String, _ toml: [UInt8], _ model: [UInt8]) throws {
        try temporary.folder(name)
        try temporary.write(toml, name + "/preset.toml")
        try temporary.write(model, name + "/model.safetensors")
    }
}
