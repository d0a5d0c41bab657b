/// Sound for a MIDI file, from FluidSynth.

import Files
import Glibc
import Processes

struct Soundfont {
    let path: String

    /// Where Debian's packages put a General MIDI soundfont.
    /// - Throws: `ProcessError`.
    static func find() throws(ProcessError) -> Soundfont {
        let places = ["TimGM6mb.sf2", "default-GM.sf2", "FluidR3_GM.sf2"].map { "/usr/share/sounds/sf2/\($0)" }
        guard let path = places.first(where: { access($0.cPath, R_OK) == 0 }) else {
            throw .cannotStart("FluidSynth", "there is no soundfont in /usr/share/sounds/sf2")
        }
        return Soundfont(path: path)
    }

    /// FluidSynth's program is in $PATH.
    static var hasSynth: Bool {
        let folders = environmentVariable("PATH") ?? "/usr/bin"
        return folders.split(separator: ":").contains { access("\($0)/fluidsynth".cPath, X_OK) == 0 }
    }

    /// - Throws: `ProcessError`.
    func render(_ piece: String, to sound: String) throws(ProcessError) {
        unlink(sound.cPath)
        let synth = try ChildProcess(["fluidsynth", "-ni", "-q", "-r", "48000", "-g", "0.8", "-F", sound, path, piece])
        guard let end = synth.hasEnded(within: 120) else { throw .late("fluidsynth did not end within 120 s") }
        // FluidSynth ends with 0 even if it could not read or write something.
        guard end == .exited(0), let bytes = try? readFile(sound, limit: 1 << 30) else {
            throw .ended("fluidsynth", synth.said)
        }
        let header = 44  // RIFF, fmt and data headers of a plain WAVE file
        guard bytes.dropFirst(header).contains(where: { $0 != 0 }) else {
            throw .late("\(sound) is silent; fluidsynth said:\n\(synth.said)")
        }
    }
}
