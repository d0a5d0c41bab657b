/// What the daemon says, a line each on standard error, which a service manager keeps.

import Files
import Glibc
import Logging

/// `time level continuod: text`. swift-log's own handler would add the module, which is the program once more.
struct ConsoleLog: LogHandler {
    let label: String
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = "\(Self.now()) \(event.level) \(label): \(event.message)\n".pathBytes
        _ = write(STDERR_FILENO, line, line.count)
    }

    /// ISO 8601, of this place.
    private static func now() -> String {
        var seconds = time(nil)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            let count = strftime(text.baseAddress!, text.count, "%Y-%m-%dT%H:%M:%S%z", &parts)
            return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
