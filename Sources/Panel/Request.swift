import OSC

/// What a client asks for over its WebSocket, checked: only what follows from this reaches the daemon.
package enum Request: Equatable {
    /// The page shows the instrument, or no longer.
    case watch, sleep
    case listen(String)
    case ignore(String)
    case send(OSCMessage)

    /// Why a message is refused, in words for the page.
    package struct Fault: Error, Equatable {
        package let text: String
    }

    /// A text frame: `{"do": …}` of the page, or `{"COMMAND": …, "DATA": …}` of OSCQuery.
    package init(text bytes: [UInt8]) throws(Fault) {
        let json: JSON
        do throws(JSONError) { json = try JSON(bytes) } catch { throw Fault(text: "\(error)") }
        if let command = json["COMMAND"]?.text {
            self = try Self.query(command, json["DATA"])
        } else {
            self = try Self.page(json)
        }
    }

    private static func query(_ command: String, _ data: JSON?) throws(Fault) -> Request {
        guard let path = data?.text, OSCQuery.isListenable(path) else {
            throw Fault(text: "DATA must be the path of a parameter, such as /continuo/param/patience")
        }
        switch command {
        case "LISTEN": return .listen(path)
        case "IGNORE": return .ignore(path)
        default: throw Fault(text: "COMMAND must be LISTEN or IGNORE")
        }
    }

    private static func page(_ json: JSON) throws(Fault) -> Request {
        switch (json["do"]?.text, json["name"]?.text) {
        case ("watch", _): return .watch
        case ("sleep", _): return .sleep
        case ("command", let name?) where PlainCommand.names.contains(name):
            return .send(OSCMessage("/continuo/" + name))
        case ("preset", let name?): return .send(OSCMessage("/continuo/preset/load", [.string(try plain(name))]))
        case ("set", let name?):
            let value: OSCMessage.Argument
            switch json["value"] {
            case .number(let number)?: value = .float(number)
            case .text(let text)?: value = .string(try plain(text))
            default: throw Fault(text: "value must be a number, or the name of a value")
            }
            return .send(OSCMessage("/continuo/set", [.string(try plain(name)), value]))
        default: throw Fault(text: "do must be watch, sleep, command, preset or set, the last three with a name")
        }
    }

    /// A binary frame: an OSC packet, as OSCQuery clients send values.
    package static func packet(_ bytes: [UInt8]) throws(Fault) -> [Request] {
        let messages: [OSCMessage]
        do throws(OSCError) { messages = try OSCMessage.decode(bytes) } catch { throw Fault(text: "\(error)") }
        var requests: [Request] = []
        for message in messages {
            let name = message.address.dropFirst("/continuo/".count)
            guard message.address.hasPrefix("/continuo/"),
                PlainCommand.names.contains(String(name)) || name == "preset/load" || name.hasPrefix("param/")
            else { throw Fault(text: "only parameters, the commands and /continuo/preset/load may be written") }
            for case .string(let text) in message.arguments { _ = try plain(text) }
            requests.append(.send(message))
        }
        return requests
    }

    /// A text that the daemon does not take for the address of somebody else to answer to, and that fits into a C string.
    private static func plain(_ text: String) throws(Fault) -> String {
        guard text.utf8.count <= 256, !text.hasPrefix("osc."), !text.utf8.contains(0) else {
            throw Fault(text: "a name has at most 256 bytes and does not begin with osc.")
        }
        return text
    }
}
