import Performer
import Testing

/// Values of parameters as people write and read them.
@Suite struct ParameterTests {
    @Test(
        arguments: [
            (.patience, "800", 800), (.patience, "1e3", 1000), (.patience, "0", 0), (.patience, "10000", 10_000),
            (.entry, "free", -1), (.entry, "-1", -1), (.listen, "all", 17), (.listen, "all-but-10", 0),
            (.listen, "3", 3), (.channel, "as-player", 0), (.thru, "on", 1), (.thru, "off", 0), (.thru, "true", 1),
            (.thru, "false", 0), (.thru, "1", 1), (.topPKey, "0.98", 0.98), (.temperatureTime, "0.05", 0.05),
            (.seed, "16777215", 16_777_215), (.mode, "duet", 2), (.mode, "3", 3), (.yield, "fade", 3),
            // As it was when it was on or off.
            (.yield, "off", 0), (.yield, "on", 1), (.yield, "true", 1), (.yield, "false", 0), (.yield, "1", 1),
        ] as [(Parameter, String, Float)])
    func aValueIsTyped(_ parameter: Parameter, _ text: String, _ value: Float) throws {
        #expect(try parameter.declaration.value(typed: text) == value)
    }

    @Test(
        arguments: [
            (.patience, "soon", "patience takes 0…10000 ms, not the text 'soon'"),
            (.patience, "10000.5", "patience takes 0…10000 ms, not 10000.5"),
            (.patience, "nan", "patience takes 0…10000 ms, not nan"),
            (.patience, "1e99", "patience takes 0…10000 ms, not 1e+99"),
            (.length, "true", "length takes call (0), seconds (1), phrase (2), not the text 'true'"),
            (.patience, "on", "patience takes 0…10000 ms, not the text 'on'"),
            (.patience, "\u{1B}[2J", "patience takes 0…10000 ms, not the text '?[2J'"),
            (.thru, "2", "thru takes 0 or 1, not 2"), (.thru, "yes", "thru takes 0 or 1, not the text 'yes'"),
            (
                .listen, "ALL", "listen takes 0…17; all-but-10 (0), all (17) (whole numbers), not the text 'ALL'"
            ),
            (.polyphony, "3.5", "polyphony takes 0…64 notes; auto (0) (whole numbers), not 3.5"),
            // As a float these would be whole, or within the range.
            (.seed, "16777214.9999", "seed takes 0…16777215 (whole numbers), not 16777214.9999"),
            (.polyphony, "64.0000000001", "polyphony takes 0…64 notes; auto (0) (whole numbers), not 64.0000000001"),
        ] as [(Parameter, String, String)])
    func anImpossibleValueIsRefusedWithTheRange(_ parameter: Parameter, _ text: String, _ message: String) {
        do throws(ParameterError) {
            let value = try parameter.declaration.value(typed: text)
            Issue.record("\(text) is \(value)")
        } catch { #expect(error.description == message) }
    }

    @Test func aMistypedNameIsCorrected() {
        func message(_ name: String) -> String {
            do throws(ParameterError) { return "\(try Parameter.named(name))" } catch { return error.description }
        }
        #expect(message("patience") == "patience")
        #expect(message("patiense").contains("no parameter 'patiense'; did you mean 'patience'?"))
        #expect(!message("zzzzzzzz").contains("did you mean"))
        #expect(message(String(repeating: "p", count: 60_000)).utf8.count < 300)
    }

    @Test func everyDeclarationIsSound() throws {
        #expect(Set(Parameter.declarations.map(\.name)).count == Parameter.allCases.count)
        for parameter in Parameter.allCases {
            let it = parameter.declaration
            #expect(Parameter(named: it.name) == parameter)
            #expect(it.accepts(it.minimum) && it.accepts(it.maximum) && it.accepts(it.defaultValue), "\(it.name)")
            #expect(Set(it.names.map(\.name)).count == it.names.count, "\(it.name)")
            for (name, value) in it.names {
                #expect(it.accepts(value) && Double(name) == nil, "\(it.name) \(name)")
                #expect(try it.value(typed: name) == value && it.name(of: value) == name, "\(it.name) \(name)")
            }
        }
    }

    @Test func aChoiceHasNamesOnly() throws {
        let touch = ParameterDeclaration.choice("touch", ["soft", "plain", "loud"], 1, "How it is struck.")
        #expect(touch.range == "soft (0), plain (1), loud (2)" && touch.shown(2) == "loud (2)")
        #expect(try touch.value(typed: "loud") == 2 && touch.value(typed: "0") == 0)
        #expect(!touch.accepts(3) && !touch.accepts(0.5) && touch.step(nearest: 1.4) == 1)
    }

    @Test func valuesAreIndependent() {
        var values = ParameterValues()
        for (index, parameter) in Parameter.allCases.enumerated() {
            #expect(values[parameter] == parameter.declaration.defaultValue)
            values[parameter] = Float(index) + 0.25
        }
        for (index, parameter) in Parameter.allCases.enumerated() { #expect(values[parameter] == Float(index) + 0.25) }
    }
}
