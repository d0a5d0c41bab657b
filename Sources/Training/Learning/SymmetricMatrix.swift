/// Symmetric positive matrices in double precision, for the factors that a network learns with: small, once a training.
struct SymmetricMatrix {
    let size: Int
    /// Row-major.
    private(set) var values: [Double]

    init(size: Int) {
        self.size = size
        values = [Double](repeating: 0, count: size * size)
    }

    init(size: Int, values: [Double]) {
        precondition(values.count == size * size)
        self.size = size
        self.values = values
    }

    /// The matrix plus `share` of its mean eigenvalue on the diagonal, so that no direction counts for nothing. A matrix of
    /// zeros becomes 1.
    func damped(_ share: Double) -> SymmetricMatrix {
        let mean = (0..<size).reduce(0) { $0 + values[$1 * size + $1] } / Double(size)
        var damped = self
        for i in 0..<size { damped.values[i * size + i] += mean > 0 ? share * mean : 1 }
        return damped
    }

    /// By Cholesky's decomposition L Lᵀ: the inverse is L⁻ᵀ L⁻¹.
    var inverse: SymmetricMatrix {
        let n = size
        var l = values
        var inverse = [Double](repeating: 0, count: n * n)
        l.withUnsafeMutableBufferPointer { l in
            for j in 0..<n {
                for i in j..<n {
                    var sum = l[i * n + j]
                    for k in 0..<j { sum -= l[i * n + k] * l[j * n + k] }
                    l[i * n + j] = i == j ? sum.squareRoot() : sum / l[j * n + j]
                }
            }
            // L⁻¹, its columns as rows: row j of `columns` holds column j of L⁻¹, from j on.
            var columns = [Double](repeating: 0, count: n * n)
            columns.withUnsafeMutableBufferPointer { columns in
                for j in 0..<n {
                    columns[j * n + j] = 1 / l[j * n + j]
                    for i in j + 1..<max(n, j + 1) {
                        var sum = 0.0
                        for k in j..<i { sum -= l[i * n + k] * columns[j * n + k] }
                        columns[j * n + i] = sum / l[i * n + i]
                    }
                }
                for i in 0..<n {
                    for j in 0...i {
                        var sum = 0.0
                        for k in i..<n { sum += columns[i * n + k] * columns[j * n + k] }
                        inverse[i * n + j] = sum
                        inverse[j * n + i] = sum
                    }
                }
            }
        }
        return SymmetricMatrix(size: n, values: inverse)
    }

    /// Σ vᵢ vᵢᵀ / √λᵢ over the eigenvectors, by Jacobi's rotations (Golub & Van Loan, "Matrix Computations", 8.5).
    var inverseSquareRoot: SymmetricMatrix {
        let n = size
        var a = values
        var vectors = [Double](repeating: 0, count: n * n)
        for i in 0..<n { vectors[i * n + i] = 1 }
        a.withUnsafeMutableBufferPointer { a in
            vectors.withUnsafeMutableBufferPointer { v in
                for _ in 0..<30 where Self.sweep(a, v, n) {}
            }
        }
        var root = [Double](repeating: 0, count: n * n)
        for k in 0..<n {
            let scale = 1 / max(a[k * n + k], .leastNormalMagnitude).squareRoot()
            for i in 0..<n {
                for j in 0...i { root[i * n + j] += vectors[k * n + i] * vectors[k * n + j] * scale }
            }
        }
        for i in 0..<n { for j in 0..<i { root[j * n + i] = root[i * n + j] } }
        return SymmetricMatrix(size: n, values: root)
    }

    /// Rotates each element off the diagonal to 0 once; the rows of `v` become the eigenvectors.
    /// - Returns: whether there was one that matters.
    private static func sweep(
        _ a: UnsafeMutableBufferPointer<Double>, _ v: UnsafeMutableBufferPointer<Double>, _ n: Int
    ) -> Bool {
        var rotated = false
        for p in 0..<n {
            for q in p + 1..<max(n, p + 1) {
                let off = a[p * n + q]
                guard off * off > 1e-26 * abs(a[p * n + p] * a[q * n + q]), off != 0 else { continue }
                rotated = true
                let theta = (a[q * n + q] - a[p * n + p]) / (2 * off)
                let t = (theta < 0 ? -1.0 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
                let c = 1 / (t * t + 1).squareRoot()
                let s = t * c
                for k in 0..<n {
                    let (x, y) = (a[p * n + k], a[q * n + k])
                    (a[p * n + k], a[q * n + k]) = (c * x - s * y, s * x + c * y)
                }
                for k in 0..<n {
                    let (x, y) = (a[k * n + p], a[k * n + q])
                    (a[k * n + p], a[k * n + q]) = (c * x - s * y, s * x + c * y)
                }
                for k in 0..<n {
                    let (x, y) = (v[p * n + k], v[q * n + k])
                    (v[p * n + k], v[q * n + k]) = (c * x - s * y, s * x + c * y)
                }
            }
        }
        return rotated
    }
}
