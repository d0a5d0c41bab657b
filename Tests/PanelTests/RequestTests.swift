import OSC
import Panel
import Testing

/// What a client may ask for; nothing else reaches the daemon.
@Suite struct RequestTests {
    @Test(
        arguments: [
            (#"{"do":"watch"}"#, .watch), (#"{"do":"sleep"}"#, .sleep),
            (#"{"do":"command","name":"takeover"}"#, .send(OSCMessage("/continuo/takeover"))),
            (#"{"do":"preset","name":"good"}"#, .send(OSCMessage("/continuo/preset/load", [.string("good")]))),
            (
                #"{"do":"set","name":"patience","value":4.5}"#,
                .send(OSCMessage("/continuo/set", [.string("patience"), .float(4.5)]))
            ),
            (
                #"{"do":"set","name":"mode","value":"endless"}"#,
                .send(OSCMessage("/continuo/set", [.string("mode"), .string("endless")]))
            ),
            (#"{"COMMAND":"LISTEN","DATA":"/continuo/param/mode"}"#, .listen("/continuo/param/mode")),
            (#"{"COMMAND":"IGNORE","DATA":"/continuo/param/mode"}"#, .ignore("/continuo/param/mode")),
        ] as [(String, Request)]) func isTaken(_ text: String, _ request: Request) throws
    {
        #expect(try Request(text: Array(text.utf8)) == request)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"do":"play"}"#, #"{"do":"command"}"#, #"{"do":"command","name":"subscribe"}"#,
        #"{"do":"command","name":"../preset/load"}"#, #"{"do":"set","name":"patience"}"#,
        #"{"do":"set","name":"patience","value":null}"#, #"{"do":"set","name":"osc.udp://:9","value":1}"#,
        #"{"do":"set","name":"mode","value":"osc.udp://:9001"}"#, #"{"do":"preset","name":"osc.udp://:9001"}"#,
        #"{"do":"preset","name":"a\u0000b"}"#, #"{"COMMAND":"LISTEN","DATA":"/"}"#,
        #"{"COMMAND":"PATH_ADDED","DATA":"/continuo/param/mode"}"#, #"{"COMMAND":"LISTEN"}"#,
    ]) func isRefused(_ text: String) {
        #expect(throws: Request.Fault.self) { try Request(text: Array(text.utf8)) }
    }

    @Test func packetsOfOSCSetParametersAndCommand() throws {
        for message in [
            OSCMessage("/continuo/param/patience", [.float(3)]), OSCMessage("/continuo/panic"),
            OSCMessage("/continuo/preset/load", [.string("good")]),
        ] { #expect(try Request.packet(message.encoded()) == [.send(message)]) }
        for message in [
            OSCMessage("/continuo/subscribe", [.string("notes")]), OSCMessage("/continuo/ping"), OSCMessage("/else"),
            OSCMessage("/continuo/param/mode", [.string("osc.udp://:9001")]),
        ] { #expect(throws: Request.Fault.self) { try Request.packet(message.encoded()) } }
        #expect(throws: Request.Fault.self) { try Request.packet([1, 2, 3]) }
    }
}
