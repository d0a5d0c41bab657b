/// The one of `names` that a mistyped `name` most likely means; nil if none is near, or the name has 100 bytes or more.
public func nearest(to name: String, in names: [String]) -> String? {
    guard name.utf8.count < 100 else { return nil }
    // Many forget the table that a key stands in.
    if let whole = names.first(where: { $0.hasSuffix("." + name) }) { return whole }
    let distances = names.map { (name: $0, distance: editDistance(name, $0)) }
    guard let best = distances.min(by: { $0.distance < $1.distance }), best.distance <= max(2, name.count / 3) else {
        return nil
    }
    return best.name
}

/// Letters to insert, leave out or replace (Levenshtein 1966).
private func editDistance(_ a: String, _ b: String) -> Int {
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for j in b.indices {
            (diagonal, row[j + 1]) = (
                row[j + 1], min(row[j] + 1, row[j + 1] + 1, diagonal + (letter == b[j] ? 0 : 1))
            )
        }
    }
    return row[b.count]
}
