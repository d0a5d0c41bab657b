/// A number with so many decimals, without Foundation; – if it is none.
package func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return "–" }
    let scale = (0..<decimals).reduce(1) { scale, _ in scale * 10 }
    guard abs(value) * Double(scale) < 1e18 else { return "\(value)" }
    let scaled = Int((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + "\(scaled)" }
    let digits = String(scaled % scale)
    return sign + "\(scaled / scale)." + String(repeating: "0", count: decimals - digits.count) + digits
}
