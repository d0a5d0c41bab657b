import Duet
import Testing

/// What a soak says of late notes and long cycles, and when they are the instrument's fault.
@Suite struct IncidentTests {
    private func moment(_ lapse: Double?) -> Incident.Moment {
        Incident.Moment(seconds: 12.3, act: "phrase", lapse: lapse)
    }

    @Test func aCoreThatStoodStillIsAnExcuse() {
        for lapse: Double? in [nil, 0, 2] { #expect(Incident(.late(1), moment(lapse)).isFault) }
        #expect(!Incident(.late(1), moment(7)).isFault)
        #expect("\(Incident(.late(2), moment(7)))" == "2 late in second 12 (phrase); a core stood still for 7.0 ms")
        #expect("\(Incident(.long(2), moment(0)))" == "2 long cycles in second 12 (phrase); no core stood still")
        #expect("\(Incident(.late(2), moment(nil)))".hasSuffix("not known"))
    }

    /// What has been told once is not told again; what a daemon counts that begins anew on another server is.
    @Test func figuresBecomeIncidentsWhenTheyRise() {
        var findings = Findings()
        for (late, long) in [(0, 0), (2, 0), (2, 1), (2, 1), (3, 4), (1, 0)] {
            findings.take(["late": .int(Int64(late))], long: long, late: moment(3), since: moment(0))
        }
        let told = findings.incidents.map { "\($0)" }
        let beginnings = ["2 late", "1 long cycles", "1 late", "3 long cycles", "1 late"]
        #expect(told.count == beginnings.count)
        for (told, beginning) in zip(told, beginnings) { #expect(told.hasPrefix(beginning + " in second 12")) }
        #expect(findings.incidents.map(\.isFault) == [false, true, false, true, false])
        findings.close()
        #expect(findings.counters["late"] == 4 && findings.counters["long cycles"] == 4)
    }
}
