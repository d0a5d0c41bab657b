#if arch(x86_64)
    import Kernels
    import Network
    import Performer
    import Representation
    import Score
    import Session
    import Testing

    /// What the instrument plays, as it was when it was recorded (November 2026): a change of the code that is not meant to change
    /// the music must leave these as they are. With the kernels that every x86-64 processor runs, which give the same bits on each.
    @Suite struct RecordedTests {
        private static let recorded: [(seed: Float, hash: UInt64)] = [
            (7, 5_503_336_378_334_735_463), (8, 11_247_150_545_914_425_720),
        ]

        @Test func theMusicIsThatWhichWasRecorded() throws {
            let table = try KernelTable.table(.portable)
            let network = TinyModel.network(
                Performance.name, Performance.fields, seed: 1,
                recall: Configuration.Recall(field: 1, classes: 128, width: 16, length: 64), kernels: table)
            for (seed, hash) in Self.recorded {
                var values = ParameterValues()
                values[.seed] = seed
                // The network alone: following uses the C library's functions, which differ in the last bit.
                values[.similarity] = 0
                let machine = try Generation(
                    continuing: GenerationTests.seed, with: try Mind(network, kernels: table), values, seconds: 30
                ).machine
                #expect(machine.count > 20)
                #expect(Self.hash(machine) == hash, "seed \(seed)")
            }
        }

        /// FNV-1a over all that an event says.
        private static func hash(_ events: [PlayedEvent]) -> UInt64 {
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for event in events {
                let kind: Int64 = event.kind == .noteOn ? 1 : 0
                for number in [event.time, kind, Int64(event.key), Int64(event.value)] {
                    withUnsafeBytes(of: number.littleEndian) { bytes in
                        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
                    }
                }
            }
            return hash
        }
    }
#endif
