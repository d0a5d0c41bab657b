import Foundation
import Processes
import TestSupport
import Testing

extension EndToEndTests {
    /// That the measurements run, and say what other programs read of them; what they measure is no matter of tests.
    @Suite struct BenchTests {
        private func report<Figures: Decodable>(_ type: Figures.Type, _ words: String...) throws -> Figures {
            let bench = try ChildProcess([sibling("continuo"), "bench"] + words + ["--json"])
            #expect(bench.hasEnded(within: 120) == .exited(0), "\(bench.printed)")
            // Between what it tells of its progress.
            let lines = bench.printed.split(separator: "\n")
            let first = try #require(lines.firstIndex { ["{", "["].contains($0) }, "\(bench.printed)")
            let last = try #require(lines.lastIndex { ["}", "]"].contains($0) })
            return try JSONDecoder().decode(type, from: Data(lines[first...last].joined(separator: "\n").utf8))
        }

        private struct Steps: Decodable {
            struct Times: Decodable {
                let count: Int
                let least, quietest, median, p99, p999, most: Double
            }
            struct Part: Decodable {
                let bytes: Int
                let floor, quietFloor: Double
                let warm, idle, kept, evicted: Times
            }
            struct Network: Decodable {
                let name, precision: String
                let answer, whole: Part
            }
            struct Level: Decodable {
                let name: String
                let gigabytesPerSecond: Double
            }

            let levels: [Level]
            let networks: [Network]
        }

        @Test func stepsAreTimed() throws {
            let preset = try RandomPreset()
            let steps = try report(
                Steps.self, "step", "--preset", preset.path, "--only", "S0,S2", "--precision", "mixed,int8", "--rounds",
                "1")
            #expect(steps.networks.map { $0.name + $0.precision } == ["S0mixed", "S0int8", "S2mixed", "S2int8"])
            #expect(steps.levels.count == 4 && steps.levels.allSatisfy { $0.gigabytesPerSecond > 0 })
            for network in steps.networks {
                #expect(0 < network.answer.bytes && network.answer.bytes < network.whole.bytes)
                #expect(0 < network.answer.floor && network.answer.floor < network.whole.floor)
                #expect(network.whole.quietFloor == network.whole.floor)
                for (answer, whole) in [
                    (network.answer.warm, network.whole.warm), (network.answer.idle, network.whole.idle),
                    (network.answer.kept, network.whole.kept), (network.answer.evicted, network.whole.evicted),
                ] {
                    #expect(answer.count > 0 && 0 < answer.median && answer.median <= answer.most)
                    #expect(answer.median <= whole.median)
                    // One round.
                    #expect(answer.least <= answer.quietest && answer.quietest == answer.median)
                }
            }
        }

        private struct Training: Decodable {
            let name: String
            let tokensPerSecond, peakGigaflops: [Double]
            let operationsPerToken, operationsPerTokenFolded: Double
        }

        @Test func trainingIsTimed() throws {
            let figures = try report([Training].self, "train", "--only", "T2", "--rounds", "1", "--duration", "0.1")
            let figure = try #require(figures.first)
            #expect(figures.count == 1 && figure.name == "T2")
            #expect(figure.tokensPerSecond.count == 1 && figure.tokensPerSecond[0] > 0 && figure.peakGigaflops[0] > 0)
            #expect(0 < figure.operationsPerTokenFolded && figure.operationsPerTokenFolded < figure.operationsPerToken)
        }

        private struct Misses: Decodable {
            struct Round: Decodable {
                let missed, unfinished, stolen: [Int]
                let isDisturbed: Bool
            }
            let buffer: Int
            let rounds: [Round]
        }

        @Test func missedCyclesAreCounted() throws {
            let preset = try RandomPreset()
            let counts = try report(
                [Misses].self, "xruns", "--preset", preset.path, "--buffers", "256", "--rounds", "1", "--seconds", "0.5"
            )
            #expect(counts.map(\.buffer) == [256])
            for count in counts {
                #expect((1...3).contains(count.rounds.count))
                // Played again only if it was disturbed.
                #expect(count.rounds.dropLast().allSatisfy { $0.isDisturbed && $0.stolen != [0, 0, 0] })
                for round in count.rounds {
                    for counts in [round.missed, round.unfinished, round.stolen] {
                        #expect(counts.count == 3 && counts.allSatisfy { $0 >= 0 })
                    }
                }
            }
        }
    }
}
