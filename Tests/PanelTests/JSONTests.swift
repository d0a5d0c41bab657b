import Panel
import Testing

@Suite struct JSONTests {
    @Test(
        arguments: [
            ("null", JSON.null), ("true", true), ("-0.98", .number(-0.98)), ("[]", []), ("{}", [:]),
            (#"{"a":[1,{"b":"c"}],"d":""}"#, ["a": [.number(1), ["b": "c"]], "d": ""]),
            (#""\"\\\n\u0001é😀""#, .text("\"\\\n\u{1}é😀")),
        ] as [(String, JSON)]) func readsWhatItWrites(_ text: String, _ value: JSON) throws
    {
        #expect(value.encoded == text)
        #expect(try JSON(Array(text.utf8)) == value)
    }

    @Test(
        arguments: [
            (#" { "a" : [ 1 , 2e1 ] } "#, ["a": [.number(1), .number(20)]] as JSON),
            (#""\ud83d\ude00\u00e9\/\b\f\r\t""#, .text("😀é/\u{8}\u{C}\r\t")),
        ] as [(String, JSON)]) func readsWhatOthersWrite(_ text: String, _ value: JSON) throws
    {
        #expect(try JSON(Array(text.utf8)) == value)
    }

    @Test func numbersOfSinglePrecisionAreShort() {
        #expect(JSON.number(Double(Float(0.98))).encoded == "0.98")
        #expect(JSON.number(16_777_215).encoded == "16777215")
        #expect(JSON.number(.infinity).encoded == "null" && JSON.number(.nan).encoded == "null")
    }

    @Test(arguments: [
        "", "nul", "01", "1.", "-", "1e", "1e999", "[1,]", "[1", "{\"a\"}", "{a:1}", "{\"a\":1,}", "\"a", "\"\\x\"",
        "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\u12\"", "\"\n\"", "1 2", "[" + String(repeating: "[", count: 100_000),
    ]) func refusesWhatIsNone(_ text: String) {
        #expect(throws: JSONError.self) { try JSON(Array(text.utf8)) }
    }

    @Test func refusesDamagedUTF8() {
        #expect(throws: JSONError.self) { try JSON([0x22, 0xC3, 0x22]) }
    }
}
