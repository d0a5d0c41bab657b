import OSC
import Performer
import Presets
import Score
import TestSupport
import Testing

/// The pages list the OSC addresses and the parameters: all that exist, and no others.
@Suite struct DocumentationTests {
    private let parameters: String
    private let osc: String
    private let readme: String
    private let manual: String

    init() throws {
        (parameters, osc) = (try Repository.text("docs/parameters.md"), try Repository.text("docs/osc.md"))
        (readme, manual) = (try Repository.text("README.md"), try Repository.text("man/continuo-osc.7.in"))
    }

    /// The cells of the rows of a page whose first cell begins with `prefix`.
    private func rows(_ page: String, _ prefix: String = "") -> [[String]] {
        page.split(separator: "\n").filter { $0.hasPrefix("| `\(prefix)") }.map { row in
            row.split(separator: "|").map { cell in
                String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
        }
    }

    @Test func everyAddressIsDocumentedAndThere() {
        #expect(rows(osc, "/continuo/").map { $0[0].filter { $0 != "`" } }.sorted() == OSCServer.addresses.sorted())
        let items = manual.split(separator: "\n").filter { $0.hasPrefix(".It Li /continuo/") }
        #expect(items.map { String($0.split(separator: " ")[2]) }.sorted() == OSCServer.addresses.sorted())
    }

    /// An address that is served answers with anything but that it is not there.
    @Test func everyAddressIsServed() throws {
        let server = try OSCServer(port: 0, target: Puppet(), version: "")
        defer { server.stop() }
        let client = try OSCClient(port: server.port)
        for address in OSCServer.addresses {
            let answer = client.ask(OSCMessage(address.replacing("NAME", with: "seed"), [.string("night")]))
            guard case .string(let text)? = answer?.arguments.last else {
                Issue.record("\(address): \(String(describing: answer))")
                continue
            }
            #expect(!text.contains("no address"), "\(address)")
            client.drain()
        }
    }

    @Test func everyExampleIsServed() {
        let shown = (readme + "\n" + osc).split(separator: "\n").compactMap { line -> Substring? in
            let words = line.split(separator: " ")
            return words.first == "oscsend" && words.count > 3 ? words[3] : nil
        }
        #expect(shown.count > 8)
        for address in shown {
            let words = address.split(separator: "/").map(String.init)
            let isParameter = words[1] == "param" && Parameter(named: words[2]) != nil
            #expect(OSCServer.addresses.contains(isParameter ? "/continuo/param/NAME" : String(address)), "\(address)")
        }
    }

    @Test func everyParameterIsDocumentedAsDeclared() {
        for declaration in Parameter.declarations {
            let range = declaration.range.replacing(" (whole numbers)", with: "")
            let value = declaration.defaultValue
            let written = Int32(exactly: value).map { "\($0)" } ?? "\(value)"
            let row = ["`\(declaration.name)`", range, written, declaration.sentence]
            #expect(rows(parameters, "\(declaration.name)`").first == row)
        }
        #expect(rows(parameters).count == Parameter.allCases.count)
    }
}
