import Glibc
import Performer
import Ports
import Session
import TestSupport
import Testing

/// What sounds when the program or its server goes is ended by what comes after.
@Suite struct NotesFileTests {
    /// A folder with the runtime folder `run`.
    struct Folder: ~Copyable {
        private let temporary: TemporaryFolder
        var path: String { temporary.path }
        init() throws { temporary = try TemporaryFolder() }
        var run: String { "\(path)/run" }

        func write(_ bytes: [UInt8]) {
            mkdir(run, 0o700)
            let file = open("\(run)/a.notes", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            _ = Glibc.write(file, bytes, bytes.count)
            close(file)
        }

        func read() -> [UInt8] {
            let file = open("\(run)/a.notes", O_RDONLY)
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 4096)
            return Array(bytes[..<max(Glibc.read(file, &bytes, bytes.count), 0)])
        }
    }

    /// A reply, a key and the pedal of the player on channel 3, and what they leave when everything stops there.
    private static func abandoned(_ list: NoteList) -> Rig {
        let rig = Rig(list: list) {
            $0[.channel] = 2
            $0[.shortest] = 10
        }
        rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 2500))
        try! rig.performer.set(.yield, to: 0)
        rig.play([rig.pedal(2600, down: true), rig.on(2600, 100, channel: 3)], until: rig.frame(milliseconds: 2700))
        return rig
    }

    @Test func theNextStageEndsWhatTheListNames() throws {
        let folder = try Folder()
        var sounding: Set<Int> = []
        try {
            let list = try NotesFile.list(named: "a", in: folder.run)
            sounding = soundingNotes(after: Self.abandoned(list).output)
            #expect(sounding.count > 2)
        }()
        let list = try NotesFile.list(named: "a", in: folder.run)
        #expect(!list.isEmpty)
        let rig = Rig(list: list)
        rig.play(until: 4800)
        #expect(rig.output.isEmpty)
        // Struck again before: not ended under the player's finger.
        rig.play([rig.on(100, 100, channel: 3)], until: 4800 + 4800)
        try rig.performer.releaseLeft()
        rig.play(until: 14_400)
        let ends = rig.output.dropFirst()
        let ended = ends.filter { $0.status < 0x90 }.map { Int($0.status & 15) * 128 + Int($0.data1) }
        #expect(Set(ended) == sounding.subtracting([3 * 128 + 100]))
        #expect(ends.filter { $0.status >= 0x90 }.map(\.status) == [0xB0] && ends.last?.data2 == 0)
        // For another port that comes later they are sent again.
        try rig.performer.releaseLeft()
        rig.play(until: 19_200)
        #expect(rig.output.count == 1 + 2 * ends.count)
        // The player's key sounds still, and is the only one listed.
        rig.play([rig.off(410, 100, channel: 3)], until: 24_000)
        #expect(list.isEmpty)
    }

    @Test func whatNobodyHasHeardEndStaysOnTheList() throws {
        let list = NoteList()
        let count = soundingNotes(after: Self.abandoned(list).output).count
        // A performer whose output was never connected, and which is left in order.
        let rig = Rig(list: list)
        rig.play([rig.on(10, 60), rig.off(20, 60)], until: 4800)
        try rig.performer.command(.stop)
        rig.play(until: 9600)
        #expect(soundingNotes(after: rig.output).isEmpty && !list.isEmpty)
        let next = Rig(list: list)
        try next.performer.releaseLeft()
        next.play(until: 4800)
        #expect(next.output.count { $0.status < 0x90 } == count)
        #expect(list.isEmpty)
    }

    /// An end that the port refused is owed to the next stage too.
    @Test func itIsListedUntilItsEndHasGoneOut() throws {
        let list = NoteList()
        let rig = Rig(room: 1, list: list) { $0[.auto] = 0 }
        rig.play([rig.on(0, 60)], until: 256)
        rig.play([rig.on(10, 61), rig.off(10, 60)], until: 512)
        #expect(!list.isEmpty && soundingNotes(after: rig.output) == [60, 61])
        rig.play(until: 1024)
        rig.cycle(256, [rig.off(frame: rig.port.now, 61)])
        // Killed now, its callback may not have handed the end on.
        #expect(!list.isEmpty && soundingNotes(after: rig.output) == [])
        rig.cycle(256)
        #expect(list.isEmpty)
    }

    @Test func foreignBytesAreNoNotes() throws {
        let folder = try Folder()
        try { _ = try NotesFile.list(named: "a", in: folder.run) }()
        let empty = folder.read()
        #expect(empty.count == 296)
        var future = empty
        future[8] = 3
        var other = empty
        other[0] = 0
        for bytes in [[], [1], Array(empty.dropLast()), empty + [0], future, other].map({ $0 as [UInt8] }) {
            folder.write(bytes.enumerated().map { $0.offset < 16 ? $0.element : 0xFF })
            #expect(try NotesFile.list(named: "a", in: folder.run).isEmpty)
            #expect(folder.read() == empty)
        }
        // Of the right form, every bit is a note or nothing.
        folder.write(empty[..<16] + [UInt8](repeating: 0xFF, count: 280))
        let rig = Rig(list: try NotesFile.list(named: "a", in: folder.run))
        try rig.performer.releaseLeft()
        rig.cycle(256)
        #expect(rig.output.count == 16 * 128 + 3 * 16)
    }

    @Test func eachDaemonHasItsOwn() throws {
        let folder = try Folder()
        let list = try NotesFile.list(named: "a", in: folder.run)
        let other = try NotesFile.list(named: "b", in: folder.run)
        #expect(throws: NotesFileError.inUse("\(folder.run)/a.notes")) {
            try NotesFile.list(named: "a", in: folder.run)
        }
        _ = Self.abandoned(list)
        #expect(!list.isEmpty && other.isEmpty)
        _ = try NotesFile.list(named: "/a", in: folder.run)
    }

    @Test func linksPipesAndForeignFoldersAreRefused() throws {
        let folder = try Folder()
        mkdir(folder.run, 0o700)
        let path = "\(folder.run)/a.notes"
        for put in [{ symlink("\(folder.path)/elsewhere", path) }, { mkfifo(path, 0o600) }, { mkdir(path, 0o700) }] {
            #expect(put() == 0)
            #expect(throws: NotesFileError.self) { try NotesFile.list(named: "a", in: folder.run) }
            if unlink(path) != 0 { rmdir(path) }
        }
        #expect(access("\(folder.path)/elsewhere", F_OK) != 0)
        chmod(folder.run, 0o777)
        #expect(throws: NotesFileError.unusable(folder.run, "others may write to it")) {
            try NotesFile.list(named: "a", in: folder.run)
        }
    }
}
