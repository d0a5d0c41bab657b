import Foundation
import Glibc
import Processes
import Random
import TestSupport
import Testing

/// kill -9 at any moment loses nothing but time: the program itself, killed and resumed over and over.
@Suite struct KillTests {
    /// `make kill-test` has 100.
    private let wanted = max(8, ProcessInfo.processInfo.environment["CONTINUO_KILLS"].flatMap { Int($0) } ?? 8)

    private var recipe: String {
        """
        name = "tiny"
        [network]
        embedding = 16
        hidden = 32
        head-width = 16
        [training]
        tokens = \(wanted * 3200)
        streams = 4
        steps = 8
        parts = 2
        transposition = 2
        tempo = 0.1
        average = 0.9
        patience = 1000
        [optimiser]
        rate = 1e-3
        [report]
        validate-every = 500
        checkpoint-minutes = 0.001
        """
    }

    /// log.csv without the column that tells the speed.
    private func trajectory(_ folder: String) throws -> [String] {
        try String(contentsOfFile: folder + "/log.csv", encoding: .utf8).split(separator: "\n").map { line in
            let words = line.split(separator: ",", omittingEmptySubsequences: false)
            return words.enumerated().filter { $0.offset != 8 }.map { String($0.element) }.joined(separator: ",")
        }
    }

    @Test func killedTrainingsEndInTheSameModel() throws {
        let folder = try TemporaryFolder()
        try writeMaestro(folder.path)
        let recipe = try folder.write(recipe, "tiny.toml")
        let whole = folder.path + "/whole"
        func train(_ output: String, threads: Int) throws -> ChildProcess {
            try ChildProcess([
                sibling("continuo"), "train", recipe, "-o", output, "--resume", "--data", folder.path, "--cache",
                folder.path + "/cache", "--threads", "\(threads)",
            ])
        }
        let start = Date()
        let undisturbed = try train(whole, threads: 2)
        #expect(undisturbed.hasEnded(within: 120) == .exited(0), "\(undisturbed.said)")
        // Before it can have come to its end.
        let latest = min(max(-start.timeIntervalSinceNow * 0.6, 0.03), 0.5)
        var draw = SplitMix64(seed: UInt64(getpid()))
        let expected = try trajectory(whole)
        #expect(expected.count == wanted * 100 + 1)
        // One that comes to its end between two kills is compared, and another begun.
        var (kills, trainings) = (0, 0)
        repeat {
            let killed = folder.path + "/killed-\(trainings)"
            trainings += 1
            while true {
                let process = try train(killed, threads: 1 + kills % 2)
                let wait = kills < wanted ? Double.random(in: 0.02...latest, using: &draw) : 120
                if let end = process.hasEnded(within: wait) {
                    #expect(end == .exited(0), "\(process.said)")
                    break
                }
                process.signal(SIGKILL)
                #expect(process.hasEnded(within: 10) == .signalled(SIGKILL))
                kills += 1
                try #require(kills <= wanted, "the training does not come to its end")
            }
            #expect(try trajectory(killed) == expected)
            let models = try [whole, killed].map {
                try Data(contentsOf: URL(fileURLWithPath: $0 + "/model.safetensors"))
            }
            #expect(models[0] == models[1])
        } while kills < wanted
        if wanted >= 100 { print("\(kills) kills in \(trainings) trainings") }
    }

    /// Ctrl-C while the finished network learns its recall: no model yet, and it is learnt when the training goes on.
    @Test func aRecallUnderWayIsLeftForLater() throws {
        let folder = try TemporaryFolder()
        try writeMaestro(folder.path)
        let output = folder.path + "/recalling"
        func train(pieces: Int) throws -> ChildProcess {
            try ChildProcess([
                sibling("continuo"), "train", try folder.write(tinyRecipe, "tiny.toml"), "-o", output, "--resume",
                "--data",
                folder.path, "--cache", folder.path + "/cache", "--set", "recall.width=16", "--set", "recall.length=64",
                "--set", "recall.pieces=\(pieces)",
            ])
        }
        let stopped = try train(pieces: 100_000)
        defer { stopped.stop() }
        var ended: ChildProcess.End?
        for _ in 0..<1200 where ended == nil && !stopped.printed.contains("recall: ") {
            ended = stopped.hasEnded(within: 0.05)
        }
        try #require(ended == nil, "\(stopped.said)")
        stopped.signal(SIGINT)
        #expect(stopped.hasEnded(within: 60) == .exited(0), "\(stopped.said)")
        #expect(stopped.printed.contains("go on with --resume"))
        #expect(!FileManager.default.fileExists(atPath: output + "/model.safetensors"))
        let whole = try train(pieces: 9)
        #expect(whole.hasEnded(within: 120) == .exited(0), "\(whole.said)")
        #expect(whole.printed.contains("recall: validation without it"))
        #expect(FileManager.default.fileExists(atPath: output + "/model.safetensors"))
    }
}
