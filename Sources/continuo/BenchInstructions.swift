import ArgumentParser
import CTrace
import Commands
import Files
import Glibc
import Processes
import Realtime

struct BenchInstructions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "instructions",
        abstract: "Count the instructions of a step, a draw, a cycle and a reply.",
        discussion: """
            Each part is done n times and 2 n times under valgrind, half a minute in all; the difference is what n times cost, \
            without what starting costs. Networks, weights and music are the same in every run, and so are the counts: a \
            change of the code shows that no clock would show. With --table they are compared with recorded ones, and a \
            part that takes over 3 % more instructions fails. Valgrind knows no AVX-512, so the v4 kernels are not counted.

            Example: continuo bench instructions --table Benchmarks/instructions.tsv --compiler "$(swift --version)"
            """)

    @Option(help: "Recorded counts to compare with: rows of compiler, part and count, separated by tabs.")
    var table: String?
    @Option(help: "What compiled this program; only its first line counts.")
    var compiler = "unknown compiler"
    @Flag(help: "Replace this compiler's rows in the table by the counts.")
    var record = false
    @Option(help: "Only parts whose names begin with this.")
    var only = ""
    @Flag(help: .hidden)
    var counted = false

    func validate() throws {
        if record, table == nil { throw ValidationError("--record: --table says where") }
        if record, !only.isEmpty { throw ValidationError("--record: not with --only, which would lose other rows") }
    }

    func run() throws {
        try attempt {
            if counted { return try work() }
            let old = try table.map { try InstructionTable(path: $0, mayBeMissing: record) }
            let counts = try count()
            guard var new = old, let table else {
                for (name, count) in counts { print(name + padded("\(count)", 54 - name.count)) }
                return
            }
            let compiler = String(compiler.prefix { !$0.isNewline })
            if record {
                new.replace(compiler, counts)
                return try new.write(to: table)
            }
            let comparison = try new.comparison(with: counts, compiler: compiler, isWhole: only.isEmpty)
            print(comparison.text)
            if let complaint = comparison.complaint { throw ProcessError.late(complaint) }
        }
    }

    private func count() throws -> [(name: String, count: Int)] {
        let folder = "/tmp/continuo-\(10_000_000 + Int(getpid()))"
        try makeFolders(folder)
        defer { removeDumps(folder) }
        // Valgrind before 3.20, as Debian 12 has it, gives up over the debugging information of later compilers.
        let program = "\(folder)/continuo"
        let strip = try ChildProcess(["strip", "--strip-debug", "-o", program, sibling("continuo")])
        guard strip.hasEnded(within: 60) == .exited(0) else { throw ProcessError.ended("strip", strip.said) }
        // Where the stack begins changes counts a little: always with the same environment, and paths as long.
        let child = try ChildProcess([
            "env", "-i", "PATH=/usr/bin:/bin", "SWIFT_DETERMINISTIC_HASHING=1", "valgrind", "--tool=callgrind",
            "--dump-before=continuo_end_part",
            "--callgrind-out-file=\(folder)/counts",
            program, "bench", "instructions", "--counted", "--only", only,
        ])
        while child.hasEnded(within: 1) == nil { tell(".") }
        tell("\n")
        let subjects = child.printed.split(separator: "\n").compactMap { line -> (name: String, times: Int)? in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
            return cells.count == 3 && cells[0] == "part" ? Int(cells[2]).map { (String(cells[1]), $0) } : nil
        }
        guard child.hasEnded(within: 0) == .exited(0), !subjects.isEmpty else {
            throw ProcessError.ended("valgrind", child.said)
        }
        // Six dumps a part: warmed up, done n times and done 2 n times, each of them settled.
        return try subjects.enumerated().map { index, subject in
            let once = try total("\(folder)/counts.\(6 * index + 3)")
            let twice = try total("\(folder)/counts.\(6 * index + 5)")
            return (subject.name, (twice - once) / subject.times)
        }
    }

    /// The instructions of a dump of callgrind's.
    private func total(_ dump: String) throws -> Int {
        let text = String(decoding: try readFile(dump, limit: 1 << 28), as: UTF8.self)
        guard let line = text.split(separator: "\n").last(where: { $0.hasPrefix("totals: ") }),
            let count = Int(line.dropFirst("totals: ".count))
        else { throw FileError(path: dump, operation: "read", reason: "it has no line of totals") }
        return count
    }

    private func removeDumps(_ folder: String) {
        for name in folderEntries(folder) ?? [] { unlink("\(folder)/\(name)".cPath) }
        rmdir(folder.cPath)
    }

    /// The child: it prints what there is, and marks the ends of its parts.
    private func work() throws {
        let subjects = try InstructionSubject.all().filter { $0.name.hasPrefix(only) }
        prepareRealtimeThread()
        for subject in subjects { print("part\t\(subject.name)\t\(subject.times)") }
        fflush(nil)
        for subject in subjects {
            // What only the first time costs.
            for times in [2 * subject.times, subject.times, 2 * subject.times] {
                try subject.work(times)
                continuo_end_part()
                subject.settle()
                continuo_end_part()
            }
        }
    }
}
