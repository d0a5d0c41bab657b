// Not real-time: the names of clients.

/// What a client of JACK or ALSA may be called.
public enum ClientName {
    /// Bytes of UTF-8: both systems keep names in 64, with a zero at the end. (libjack's `jack_client_name_size` says one more.)
    public static let longest = 63

    /// - Throws: `PortError.badName`. libjack would refuse some of these as if no server answered.
    public static func check(_ name: String) throws(PortError) {
        let reason: String? =
            if name.isEmpty {
                "it is empty"
            } else if name.utf8.count > longest {
                "it has \(name.utf8.count) bytes; at most \(longest) will do"
            } else if name.contains(":") {
                "it has a ':', which divides a client's name from its ports'"
            } else if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
                "it has a control character"
            } else {
                nil
            }
        if let reason { throw .badName(name, reason) }
    }
}
