import Control
import Duet
import Testing

/// What a soak says of a late note or a long cycle, and when it is the instrument's fault.
@Suite struct IncidentTests {
    private func moment(_ lapse: Double?) -> Incident.Moment {
        Incident.Moment(seconds: 12.3, act: "phrase", lapse: lapse)
    }

    @Test func aLateNoteIsExcusedByACoreThatStoodStill() {
        for lapse: Double? in [nil, 0, 2] { #expect(Incident(.late(1), moment(lapse)).isFault(period: 5333)) }
        #expect(!Incident(.late(1), moment(7)).isFault(period: 5333))
        #expect("\(Incident(.late(2), moment(7)))" == "2 late in second 12 (phrase); a core stood still for 7.0 ms")
        #expect("\(Incident(.late(2), moment(0)))".hasSuffix("no core stood still"))
        #expect("\(Incident(.late(2), moment(nil)))".hasSuffix("not known"))
    }

    @Test func soIsALongCycle() {
        #expect(!Incident(.cycle(microseconds: 5000), moment(0)).isFault(period: 5333))
        #expect(Incident(.cycle(microseconds: 6000), moment(2)).isFault(period: 5333))
        #expect(!Incident(.cycle(microseconds: 6000), moment(4)).isFault(period: 5333))
    }

    /// What has been told once is not told again.
    @Test func figuresBecomeIncidentsWhenTheyRise() {
        var findings = Findings()
        findings.period = 5333
        for (late, longest) in [(0, 10.0), (2, 10), (2, 4000), (2, 4000), (3, 3000)] {
            findings.take(["late": .int(Int64(late)), "callback-max-us": .float(longest)], moment(3))
        }
        let told = findings.incidents.map { "\($0)" }
        #expect(told.count == 3)
        for (told, beginning) in zip(told, ["2 late", "a cycle of 4000 µs", "1 late"]) {
            #expect(told.hasPrefix(beginning + " in second 12"))
        }
        #expect(findings.looks == 5 && findings.disturbed == 5)
    }
}
