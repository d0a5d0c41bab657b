import Performer
import Session
import Testing

@Suite struct LiveSpeedTests {
    @Test func whatTheDeadManWouldEndIsTooSlow() {
        #expect(LiveSpeed(step: 390, burst: 19.9).verdict == .inTime)
        #expect(LiveSpeed(step: 400, burst: 20).verdict == .late)
        #expect(LiveSpeed(step: 4000, burst: 200).verdict == .tooSlow)
        #expect(
            LiveSpeed(step: 4000, burst: 200).complaint(about: "big")
                == "preset big is too slow for this processor: 4000.0 µs a step; 50 notes that end at once are heard in "
                + "200.0 ms (20 are allowed); \(LiveSpeed.advice)")
        #expect(LiveSpeed(step: 400, burst: 20).complaint(about: "big").hasPrefix("preset big: 400.0 µs"))
        #expect(LiveSpeed(step: 12.34, burst: 1).description.hasPrefix("12.3 µs a step; 50 notes"))
    }

    @Test func aSmallNetworkIsInTime() throws {
        let speed = try LiveSpeed(of: TinyModel.performance, kernels, ParameterValues())
        #expect(speed.verdict == .inTime)
        // All fifty were stepped.
        #expect(speed.step > 0 && speed.burst * 1000 > speed.step)
    }
}
