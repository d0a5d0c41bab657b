import Duet
import Glibc
import JACKPorts
import Performer
import Ports
import Realtime
import Testing

/// A client that plays notes at given frames and one that notes what it hears: all the callbacks touch.
struct Ends {
    /// Absolute frames at which to play, ascending.
    let toPlay = Ring<Int64>(capacity: 256)
    let heard = Ring<Heard>(capacity: 256)
    let refused = Counter()

    struct Heard: BitwiseCopyable {
        let frame: Int64
        let message: MIDIMessage
    }

    @_noAllocation @_noLocks
    func play(_ cycle: JACKCycle) {
        while let frame = toPlay.peek(), frame < cycle.start + Int64(cycle.frames) {
            _ = toPlay.pop()
            let offset = UInt32(truncatingIfNeeded: max(0, frame - cycle.start))
            let note = MIDIMessage(
                offset: offset, status: 0x90, data1: UInt8(truncatingIfNeeded: frame & 0x7f), data2: 64)
            if !cycle.output(0).write(note) {
                refused.add()
            }
        }
    }

    @_noAllocation @_noLocks
    func hear(_ cycle: JACKCycle) {
        let input = cycle.input(0)
        for index in 0..<input.count {
            guard let message = input.message(index) else { continue }
            heard.push(Heard(frame: cycle.start + Int64(message.offset), message: message))
        }
    }
}

extension EndToEndTests {
    @Suite struct JACKTests {
        static func waitFor(seconds: Int = 5, _ done: () -> Bool) -> Bool {
            for _ in 0..<(seconds * 100) where !done() { usleep(10_000) }
            return done()
        }

        @Test func notesArriveOnTheirFrame() throws {
            let server = try DummyServer("loop")
            defer { server.stop() }
            let ends = Ends()
            try withUnsafePointer(to: ends) { pointer in
                let context = UnsafeMutableRawPointer(mutating: pointer)
                let player = try Musician.open(on: server) { () throws(PortError) in
                    try .open("player", server: server.name, outputs: ["out"], context: context) { cycle, ends in
                        ends!.load(as: Ends.self).play(cycle.load(as: JACKCycle.self))
                    }
                }
                defer { player.close() }
                #expect(player.sampleRate == 48000 && player.bufferSize == 256 && player.realtimePriority == nil)
                try player.activate()
                let listener = try JACKClient.open(
                    "listener", server: server.name, inputs: ["in"], outputs: ["unused"], context: context
                ) { cycle, ends in ends!.load(as: Ends.self).hear(cycle.load(as: JACKCycle.self)) }
                defer { listener.close() }
                try listener.wish(.input(0), "play.*:(out|exit)")
                try listener.activate()
                listener.connectWishes()

                let start = player.currentFrame() + 9600
                let frames = (0..<100).map { start + Int64($0 * 67) }
                for frame in frames { #expect(ends.toPlay.push(frame)) }
                var heard: [Ends.Heard] = []
                #expect(
                    Self.waitFor {
                        while let event = ends.heard.pop() { heard.append(event) }
                        return heard.count == frames.count
                    })
                #expect(heard.map(\.frame) == frames && ends.refused.value == 0)
                #expect(
                    heard.allSatisfy {
                        $0.message.status == 0x90 && $0.message.data1 == $0.frame & 0x7f && $0.message.size == 3
                    })
            }
        }

        @Test func wishesComeTrueWhenThePortAppears() throws {
            let server = try DummyServer("wish")
            defer { server.stop() }
            let nothing: JACKProcess = { _, _ in }
            func open(_ name: String, exact: Bool = false, _ inputs: [String], _ outputs: [String]) throws(PortError)
                -> JACKClient
            {
                try JACKClient.open(
                    name, exactName: exact, server: server.name, inputs: inputs, outputs: outputs, context: nil,
                    process: nothing)
            }
            let client = try Musician.open(on: server) { () throws(PortError) in try open("waiting", ["in"], []) }
            #expect(throws: PortError.self) { try client.wish(.input(0), "(") }
            #expect(throws: PortError.nameTaken("waiting")) { try open("waiting", exact: true, [], []) }
            // Its socket would take the place of the server's, and nobody could join any more.
            #expect(throws: PortError.nameIsServers(server.name)) { try open(server.name, [], []) }
            try client.wish(.input(0), "keyboard:out")
            try client.activate()
            client.connectWishes()
            #expect(client.connections(of: .input(0)) == [])

            // Its ports are there before they can be connected; a new wish makes the client look at that moment.
            let keyboard = try open("keyboard", [], ["out", "out2"])
            try client.wish(.input(0), "keyboard:no_such_port")
            client.connectWishes()
            #expect(client.connections(of: .input(0)) == [])
            try keyboard.activate()
            let connected = Self.waitFor {
                client.connectWishes()
                return client.connections(of: .input(0)) == ["keyboard:out"]
            }
            #expect(connected)

            server.process.signal(SIGTERM)
            #expect(Self.waitFor { client.serverEnded && keyboard.serverEnded })
            client.close()
            keyboard.close()
            // libjack leaves them behind when the server goes first.
            for name in ["waiting", "keyboard"] { shm_unlink("/jack_sem.\(getuid())_\(server.name)_\(name)") }
        }

        @Test func withoutAServerItSaysSo() throws {
            do throws(PortError) {
                _ = try JACKClient.open("alone", server: "continuo-no-such-server", context: nil) { _, _ in }
                Issue.record("a server that does not exist answered")
            } catch {
                guard case .noServer = error else { throw error }
            }
        }
    }
}
