// Not real-time: patterns of port names.

/// How a user names the ports to connect to.
///
/// - `hardware`: every port of a device, whichever way the system names it; never a Through port.
/// - exactly a port's name or alias: names are full of brackets, so it need not be a regular expression.
/// - a POSIX extended regular expression that fits a whole name or alias, so that `system:midi_capture_1` is not also
///   `system:midi_capture_10`. Through ports are passed over unless it says "through": whoever writes `.*` wants keyboards.
public final class PortPattern {
    /// Stands for what no regular expression can say. All names of ports contain a colon, so none is lost.
    public static let hardware = "hardware"

    public let text: String
    private let expression: UTF8Expression?
    private let namesThrough: Bool

    /// A pattern that fits only this text.
    public static func exactly(_ text: some StringProtocol) -> String {
        text.map { #".^$*+?()[]{}|\"#.contains($0) ? "\\\($0)" : "\($0)" }.joined()
    }

    public init(_ text: String) throws(PortError) {
        self.text = text
        // "[Tt]hrough" names it too.
        namesThrough = text.lowercased().contains("hrough")
        do throws(UTF8Expression.Fault) {
            expression = try UTF8Expression(text)
        } catch {
            guard text.contains(":") else { throw .badPattern(text, error.reason) }
            expression = nil
        }
    }

    /// Whether this can be nothing but the exact name of a port, since it is no regular expression.
    public var isExactOnly: Bool { expression == nil }

    public func fits(_ port: MIDIPort) -> Bool {
        if port.names.contains(text) { return true }
        if text == Self.hardware { return port.isHardware }
        guard let expression, !port.isThrough || namesThrough else { return false }
        return port.names.contains(where: expression.fits)
    }
}
