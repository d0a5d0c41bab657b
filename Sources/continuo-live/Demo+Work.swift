import Commands
import Files
import Glibc
import Presets
import Processes
import Score

extension Demo: LiveWork {
    func perform() throws {
        try attempt {
            let (phrase, interruption) = (try Self.music(phrase), try Self.music(interruption))
            let soundfont = `repeat` == nil ? try Soundfont.find() : nil
            leaveSignalsToPause()
            let session = try DemoSession(preset: preset, presets: presets)
            if let rounds = `repeat` {
                try session.measure(interruption, rounds: rounds)
            } else {
                try session.perform(phrase, interruption)
            }
            try session.finish()
            let files = try soundfont.map { try write(session, $0) }
            print(session.figures)
            if let files { print("files          \(files.joined(separator: "  "))") }
        }
    }

    private static func music(_ path: String) throws -> MIDIFile {
        try readMusic(PresetLibrary.standard().shipped(path))
    }

    /// - Returns: the paths of the files.
    private func write(_ session: DemoSession, _ soundfont: Soundfont) throws -> [String] {
        let (mid, svg, wav) = ("\(output).mid", "\(output).svg", "\(output).wav")
        let recording = session.take.recording(sampleRate: session.sampleRate)
        let picture = PianoRoll(title: "Continuo: a demonstration").svg(voices: recording.voices())
        try recording.write(to: mid)
        try writeAtomically(Array(picture.utf8), to: svg)
        try soundfont.render(mid, to: wav)
        return [mid, svg, wav]
    }
}
