import Performer
import Ports
import Testing

/// How replies end. The player is on channel 0, the machine on channel 1.
@Suite struct EndingTests {
    /// A reply to a call, by how hard it looks for an end; seconds from the take-over.
    private static func reply(
        _ seed: Float, ending: Float, _ change: (inout ParameterValues) -> Void = { _ in }
    ) -> (onsets: [Double], ends: [Double]) {
        let rig = TurnTests.rig {
            ($0[.seed], $0[.ending]) = (seed, ending)
            ($0[.shortest], $0[.longest]) = (8, 8)
            change(&$0)
        }
        rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 22_000))
        #expect(rig.performer.phase == .listening)
        #expect(soundingNotes(after: rig.output).isEmpty)
        func seconds(_ frame: Int64) -> Double { Double(frame) / 48_000 - 1.4 }
        let machine = rig.machine()
        return (
            machine.filter { $0.status == 0x91 }.map { seconds($0.frame) },
            machine.filter { $0.status == 0x81 }.map { seconds($0.frame) }
        )
    }

    @Test func aReplyEndsNearItsLengthOnASonorityThatIsHeld() throws {
        var held = 0
        for seed in 0..<12 {
            let (onsets, ends) = Self.reply(Float(seed), ending: 1)
            let (last, end) = (try #require(onsets.last), try #require(ends.last))
            #expect(last >= 5.5 && last < 10.4 && end <= last + 4, "\(last) \(end)")
            if end >= last + 1 { held += 1 }
        }
        #expect(held >= 10, "\(held) of 12")
    }

    @Test func withoutEndingItStopsAtItsLength() throws {
        for seed in 0..<4 {
            let (onsets, ends) = Self.reply(Float(seed), ending: 0)
            #expect(try #require(onsets.last) < 8 && onsets.last! > 6.5)
            #expect(try #require(ends.last) <= 10)
        }
    }

    @Test func theLengthMayBeThatOfTheCallOfSecondsOrOfAPhrase() throws {
        func last(_ length: Float) throws -> Double {
            try #require(
                Self.reply(3, ending: 0) {
                    ($0[.shortest], $0[.longest], $0[.length]) = (2, 12, length)
                }.onsets.last)
        }
        // The call lasts 0.7 s.
        #expect(try last(0) < 2)
        #expect(try last(1) > 10)
        let phrase = try last(2)
        #expect(phrase >= 1 && phrase < 12)
    }
}
