/// The purpose of this room: whatever reads bytes of strangers, for libFuzzer to look for bytes that it stumbles over
/// (`make fuzz`), and for the tests to go through those found before (`Tests/Fuzz/corpus`).

import Instrument
import Network
import OSC
import Panel
import Performer
import Presets
import Score

/// A reader that must give a value or one clear error, whatever the bytes.
public enum Subject: String, CaseIterable, Sendable {
    case midi, safetensors, preset, osc, abc, panel

    /// Longer input finds nothing new, only later.
    public var longest: Int {
        switch self {
        case .midi: 4096
        case .safetensors: 8192
        case .preset: 2048
        case .osc: 1024
        case .abc: 2048
        case .panel: 1024
        }
    }

    /// Traps if something is wrong.
    public func read(_ bytes: [UInt8]) {
        switch self {
        case .midi: Self.readMIDI(bytes)
        case .safetensors: Self.readModel(bytes)
        case .preset: Self.readPreset(bytes)
        case .osc: Self.readPacket(bytes)
        case .abc: Self.readABC(bytes)
        case .panel: Self.readPanel(bytes)
        }
    }

    private static func readMIDI(_ bytes: [UInt8]) {
        do throws(MIDIFileError) {
            let file = try MIDIFile(bytes: bytes)
            // What was read can be written, and is the same when read again.
            let again = try MIDIFile(bytes: file.serialized())
            precondition(again == file, "written and read again it is another file")
            let events = file.playedEvents()
            precondition(zip(events, events.dropFirst()).allSatisfy { $0.time <= $1.time }, "events out of order")
            _ = file.listing(title: "")
        } catch { precondition(isClear("\(error)"), "\(error)") }
    }

    private static func readABC(_ bytes: [UInt8]) {
        do throws(ABCError) {
            for tune in try ABCCollection(bytes: bytes).tunes {
                let performance = try tune.performance()
                let notes = performance.notes
                precondition(
                    notes.allSatisfy { $0.duration > .zero && $0.end <= performance.end }, "a note without time")
                precondition(zip(notes, notes.dropFirst()).allSatisfy { $0.onset <= $1.onset }, "notes out of order")
                let file = performance.midiFile(title: tune.title)
                precondition((try? MIDIFile(bytes: file.serialized())) == file, "no MIDI file")
                // A melody can be written, and is the same when read again.
                let melody = ABCMelody(meter: tune.meter ?? .common, key: tune.key, notes: notes)
                guard let text = try? melody.text() else { continue }
                let again = try ABCCollection(bytes: Array(text.utf8)).tunes[0].performance().notes
                precondition(again.map(\.onset) == notes.map(\.onset), "written and read again it is another tune")
                precondition(again.map(\.end) == notes.map(\.end), "written and read again it is another tune")
                precondition(again.map(\.key) == notes.map(\.key), "written and read again it is another tune")
            }
        } catch { precondition(isClear("\(error)"), "\(error)") }
        do throws(ABCError) {
            for damaged in try ABCCollection(bytes: bytes, leavingOutDamaged: true).damaged {
                precondition(isClear("\(damaged.name) \(damaged.error)"), "\(damaged)")
            }
        } catch { precondition(isClear("\(error)"), "\(error)") }
    }

    private static func readModel(_ bytes: [UInt8]) {
        do throws(ModelFileError) {
            let file = try Safetensors(bytes: bytes, file: "model.safetensors")
            for tensor in file.tensors { _ = try file.values(of: tensor) }
            _ = try Model.load(file, "model.safetensors")
        } catch { precondition(isClear("\(error)"), "\(error)") }
    }

    private static func readPreset(_ bytes: [UInt8]) {
        do throws(ControlError) {
            let preset = try Preset(folder: "/presets/night", bytes: bytes)
            for (parameter, value) in preset.parameters { precondition(parameter.declaration.accepts(value)) }
            precondition(preset.model.split(separator: "/").count == 3, "a model elsewhere")
        } catch { precondition(isClear("\(error)"), "\(error)") }
    }

    /// What a page sends, and the targets of HTTP requests.
    private static func readPanel(_ bytes: [UInt8]) {
        if let json = try? JSON(bytes) {
            precondition((try? JSON(Array(json.encoded.utf8))) == json, "written and read again it is another value")
        }
        do throws(Request.Fault) {
            _ = try Request(text: bytes)
            precondition((try? JSON(bytes)) != nil, "a request that is no JSON")
        } catch { precondition(isClear(error.text), error.text) }
        do throws(Request.Fault) {
            for request in try Request.packet(bytes) {
                guard case .send(let message) = request else { preconditionFailure("\(request)") }
                precondition(message.address.hasPrefix("/continuo/"), message.address)
            }
        } catch { precondition(isClear(error.text), error.text) }
        _ = RequestTarget(String(decoding: bytes, as: UTF8.self))
    }

    private static func readPacket(_ bytes: [UInt8]) {
        let target = Puppet()
        let interface = OSCInterface(target: target, version: "0")
        do throws(OSCError) {
            for message in try OSCMessage.decode(bytes) {
                for answer in interface.answers(to: message) {
                    precondition(answer.encoded().count < 65_508, "an answer that no datagram holds")
                    precondition(interface.answers(to: answer).isEmpty, "it would answer itself for ever")
                }
            }
        } catch { precondition(isClear("\(error)"), "\(error)") }
        for parameter in Parameter.allCases {
            precondition(parameter.declaration.accepts(target.values[parameter]), "\(parameter.declaration.name)")
        }
    }

    /// Of a bearable length, and nothing that could upset a terminal.
    private static func isClear(_ text: String) -> Bool {
        text.utf8.count < 2000 && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}

/// An instrument that takes everything.
private final class Puppet: ControlTarget, @unchecked Sendable {
    // Unchecked: one thread alone has it.
    var values = ParameterValues()

    func value(of parameter: Parameter) -> Float { values[parameter] }
    func set(_ parameter: Parameter, to value: Float) throws(ControlError) { values[parameter] = value }
    func command(_ command: Command) throws(ControlError) {}
    func loadPreset(named name: String) throws(ControlError) -> String {
        _ = try PresetLibrary(directories: ["/nowhere"]).folder(named: name)
        return name
    }
    func status() -> [Figure] { [Figure("preset", .text("night"))] }
}
