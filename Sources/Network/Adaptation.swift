// REAL-TIME (improviser): a network's heads learn from what the player plays. AdaptationMemory.swift prepares it.

import Kernels

/// Dynamic evaluation (Krause, Kahembwe, Murray & Renals, "Dynamic evaluation of neural sequence models", 2018) of the heads'
/// input weights: a step of preconditioned gradient descent (K-FAC) after each four tokens of the player. With x the h of
/// the two upper layers, the lower first, head k becomes
///
///     z_k = tanh(A_k h + Σ B + learning · E_k x)
///
/// and a step is, with D in the place of E and δ_k the gradient of the nats before the tanh,
///
///     D_k ← (1 − 2e-4) D_k − rate_k / √4 · Σ_4 (G_k^(−½) δ_k)(S⁻¹ x)ᵀ,    E ← E + 0.2 (D − E)
///
/// E, a running average of D, is what is played: what a few tokens taught has faded a few steps later unless it was right
/// about the next ones too. The LSTM stays as it is, and so do its states and what the recall remembers.
///
/// A step is computed when nothing is due (`learn`) and played from the player's next token on (`hear`), so that what sounds
/// does not depend on when it was computed.
///
/// @unchecked Sendable: constants that nobody writes, and memory that one thread at a time uses.
public struct Adaptation: @unchecked Sendable {
    /// Tokens of a step.
    public static var segment: Int { 4 }
    /// What is kept of D in a step, and the share of E that a step renews.
    @_noAllocation @_noLocks static func keep() -> Float { 1 - 2e-4 }
    @_noAllocation @_noLocks static func share() -> Float { 0.2 }

    let engine: NetworkEngine
    let kernels: AdaptationKernels
    let constants: AdaptationConstants
    let memory: AdaptationPlaces

    /// What changes from token to token.
    struct Bookkeeping {
        /// Tokens that wait for the next step, `segment` at most.
        var count = 0
        /// Whether that step is computed, and played from the next token on.
        var isLearnt = false
        /// Whether E is 0.
        var isBlank = true
        /// Whether D and E hold what was forgotten.
        var isStale = false
        /// Which of the two copies of the heads is played, 0 or 1.
        var shown = 0
        /// `learning`: the factor of E as it is played.
        var scale: Float = 0
        /// Whether what is played has another factor still.
        var isRescaled = false
    }

    /// What the steps were worth: of tokens that have every field, such as the notes of `Performance`, how many were learnt
    /// from, and by how many nats the learnt weights predicted all the tokens better than those of the model did.
    public struct Gain: Equatable, Sendable {
        public var notes = 0
        public var nats = 0.0

        @_noAllocation @_noLocks public init() {}

        @_noAllocation @_noLocks public static func += (a: inout Gain, b: Gain) {
            a.notes &+= b.notes
            a.nats += b.nats
        }
    }

    /// What is played in the place of A_k, for `NetworkEngine.logits`; nil while nothing has been learnt.
    @_noAllocation @_noLocks
    public func head(_ field: Int) -> UnsafeRawPointer? {
        let books = memory.books.pointee
        guard !books.isBlank && books.scale != 0 else { return nil }
        if books.isRescaled { rescale() }
        return UnsafeRawPointer(memory.played(books.shown) + field &* constants.playedHeadBytes)
    }

    /// Whether `learn` has something to do.
    public var isDue: Bool {
        @_noAllocation @_noLocks get {
            memory.books.pointee.count == Self.segment && !memory.books.pointee.isLearnt
        }
    }

    /// Forgets all that was learnt.
    @_noAllocation @_noLocks
    public func reset() {
        let books = memory.books
        // Megabytes to clear: later.
        books.pointee.isStale = books.pointee.isStale || !books.pointee.isBlank || books.pointee.isLearnt
        books.pointee.isBlank = true
        books.pointee.isRescaled = false
        books.pointee.isLearnt = false
        books.pointee.count = 0
    }

    /// Sets the factor of what is played, 0…1, from now on; a step that is due is taken. With 0 nothing is heard.
    /// - Returns: the gain of a step taken here.
    @_noAllocation @_noLocks
    public func setScale(_ scale: Float) -> Gain {
        guard scale != memory.books.pointee.scale else { return Gain() }
        let gain = finishStep()
        memory.books.pointee.scale = scale
        memory.books.pointee.isRescaled = !memory.books.pointee.isBlank
        return gain
    }

    /// What is played takes its factor, when it is read: many values of `learning` in a row cost as much as the last one.
    @_noAllocation @_noLocks
    private func rescale() {
        memory.books.pointee.isRescaled = false
        memory.v.initialize(repeating: 0, count: Self.segment &* constants.inputs)
        memory.u.initialize(repeating: 0, count: Self.segment &* constants.fields &* constants.width)
        step(keep: 1, share: 0, into: memory.played(memory.books.pointee.shown))
    }

    /// A token of the player, which `state` is about to hear. From now on the step of the four tokens before is played.
    /// - Parameters:
    ///   - row: its classes; each must be among the legal ones.
    ///   - legal: of each field it has, a bit for each class.
    /// - Returns: the gain of a step that was still due.
    @_noAllocation @_noLocks
    public func hear(
        _ row: FieldRow, legal: InlineArray<4, SIMD8<UInt64>>, state: UnsafePointer<Float>
    ) -> Gain {
        guard memory.books.pointee.scale != 0 else { return Gain() }
        let gain = finishStep()
        let slot = memory.books.pointee.count
        let inputs = constants.inputs
        UnsafeMutableRawPointer(memory.x + slot &* inputs).copyMemory(
            from: state + (engine.layers &* engine.hidden &- inputs), byteCount: inputs &* 4)
        memory.rows[slot] = row
        for field in 0..<constants.fields {
            let isPresent = row[field] >= 0
            memory.targets[field &* Self.segment &+ slot] = isPresent ? Int32(row[field]) : 0
            memory.legal[field &* Self.segment &+ slot] = isPresent ? legal[field] : SIMD8(1, 0, 0, 0, 0, 0, 0, 0)
        }
        memory.books.pointee.count = slot &+ 1
        return gain
    }

    /// A step that waits is computed if it is not yet, and played from now on.
    @_noAllocation @_noLocks
    private func finishStep() -> Gain {
        guard memory.books.pointee.count == Self.segment else { return Gain() }
        let gain = memory.books.pointee.isLearnt ? Gain() : learn()
        if memory.books.pointee.isLearnt {
            memory.books.pointee.shown ^= 1
            memory.books.pointee.isBlank = false
            memory.books.pointee.isRescaled = false
        }
        memory.books.pointee.isLearnt = false
        memory.books.pointee.count = 0
        return gain
    }

    /// u and v of the four tokens that wait, which are then forgotten; nil if fewer wait. With factors of 1 they are the
    /// gradients δ, [segment][fields][width], zeros where a field is absent, and x, [segment][inputs].
    package func takeGradients() -> (u: UnsafePointer<Float>, v: UnsafePointer<Float>)? {
        guard isDue else { return nil }
        var gain = Gain()
        gradients(&gain)
        memory.books.pointee.count = 0
        return (UnsafePointer(memory.u), UnsafePointer(memory.v))
    }

    /// Computes the step that is due, if there is one: some tenths of a millisecond.
    @_noAllocation @_noLocks
    public func learn() -> Gain {
        let books = memory.books
        if books.pointee.isStale { clear() }
        guard isDue else { return Gain() }
        // By E as it is until the player's next token, not by what it becomes here.
        if books.pointee.isRescaled { rescale() }
        var gain = Gain()
        gradients(&gain)
        guard limit() else {
            // Nothing is learnt from numbers that are none.
            books.pointee.count = 0
            return Gain()
        }
        step(keep: Self.keep(), share: Self.share(), into: memory.played(books.pointee.shown ^ 1))
        books.pointee.isLearnt = true
        return gain
    }

    @_noAllocation @_noLocks
    private func clear() {
        memory.fast.initialize(repeating: 0, count: constants.count)
        memory.slow.initialize(repeating: 0, count: constants.count)
        memory.books.pointee.isStale = false
    }

    // MARK: A step

    /// u = G^(−½) δ of each field and token, v = S⁻¹ x of each token.
    @_noAllocation @_noLocks
    private func gradients(_ gain: inout Gain) {
        let (inputs, width, segment) = (constants.inputs, constants.width, Self.segment)
        kernels.gemm(
            memory.v, inputs, memory.x, inputs, constants.input, rows: segment, columns: inputs, depth: inputs,
            adding: false)
        for field in 0..<constants.fields {
            let u = memory.u + field &* width
            gradient(field, &gain)
            kernels.gemm(
                u, constants.fields &* width, memory.dz, width, constants.output + field &* width &* width,
                rows: segment, columns: width, depth: width, adding: false)
        }
        for slot in 0..<segment where memory.rows[slot][constants.fields &- 1] >= 0 { gain.notes &+= 1 }
    }

    /// δ of a field, in `dz`. The rows of z are those by the model alone, then those by E, then those by D.
    @_noAllocation @_noLocks
    private func gradient(_ field: Int, _ gain: inout Gain) {
        let (inputs, width, segment) = (constants.inputs, constants.width, Self.segment)
        let weights = field &* inputs &* width
        let top = inputs &- engine.hidden
        let (own, slow, fast) = (memory.z, memory.z + segment &* width, memory.z + 2 &* segment &* width)
        for slot in 0..<segment { engine.feedback(field, given: memory.rows[slot], into: own + slot &* width) }
        kernels.gemm(
            own, width, memory.x + top, inputs, constants.a + field &* engine.hidden &* width, rows: segment,
            columns: width, depth: engine.hidden, adding: true)
        kernels.gemm(
            slow, width, memory.x, inputs, memory.slow + weights, rows: segment, columns: width, depth: inputs,
            adding: false)
        let scale = memory.books.pointee.scale
        for i in 0..<segment &* width {
            slow[i] = own[i] + scale * slow[i]
            fast[i] = own[i]
        }
        kernels.gemm(
            fast, width, memory.x, inputs, memory.fast + weights, rows: segment, columns: width, depth: inputs,
            adding: true)
        kernels.tanh(own, count: 3 &* segment &* width)
        let stride = engine.logitCount(field)
        kernels.gemm(
            memory.logits, stride, memory.z, width, constants.forward(field), rows: 3 &* segment, columns: stride,
            depth: width, adding: false)
        for part in 0..<3 {
            let nats = memory.nats + part &* segment
            kernels.crossEntropy(
                memory.logits + part &* segment &* stride, stride, bias: engine.heads[field].bias,
                legal: UnsafeRawPointer(memory.legal + field &* segment).assumingMemoryBound(to: UInt64.self),
                targets: memory.targets + field &* segment, nats: nats, rows: segment)
            guard part < 2 else { continue }
            for slot in 0..<segment where memory.rows[slot][field] >= 0 {
                gain.nats += part == 0 ? Double(nats[slot]) : -Double(nats[slot])
            }
        }
        kernels.gemm(
            memory.dz, width, memory.logits + 2 &* segment &* stride, stride, constants.backward(field), rows: segment,
            columns: width, depth: stride, adding: false)
        kernels.tanhBackward(memory.dz, fast, count: segment &* width)
        for slot in 0..<segment where memory.rows[slot][field] < 0 {
            (memory.dz + slot &* width).initialize(repeating: 0, count: width)
        }
    }

    /// Makes u the step's, of its length and direction. The Frobenius norm of Σ u vᵀ follows from the products of the u and of
    /// the v among themselves.
    /// - Returns: false if a number in it is not finite.
    @_noAllocation @_noLocks
    private func limit() -> Bool {
        let (inputs, width, segment) = (constants.inputs, constants.width, Self.segment)
        let stride = constants.fields &* width
        var likeness = InlineArray<16, Float>(repeating: 0)
        for s in 0..<segment {
            for t in s..<segment {
                let product = dot(memory.v + s &* inputs, memory.v + t &* inputs, inputs)
                likeness[4 &* s &+ t] = product
                likeness[4 &* t &+ s] = product
            }
        }
        var isFinite = true
        for field in 0..<constants.fields {
            let u = memory.u + field &* width
            var squares: Float = 0
            for s in 0..<segment {
                for t in 0..<segment {
                    squares += likeness[4 &* s &+ t] * dot(u + s &* stride, u + t &* stride, width)
                }
            }
            // √4, of the tokens.
            let rate = constants.rates[field] / 2
            let norm = rate * kernels.squareRoot(max(squares, 0))
            isFinite = isFinite && squares.isFinite && norm.isFinite
            memory.norms[field] = norm
            let most = constants.limits[field]
            let factor = norm > most ? -rate * most / norm : -rate
            for s in 0..<segment {
                for i in 0..<width { u[s &* stride &+ i] *= factor }
            }
        }
        return isFinite
    }

    @_noAllocation @_noLocks
    private func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
        // Sixteen sums, which the compiler may keep in one register.
        var sums = SIMD16<Float>()
        var i = 0
        while i < count {
            sums +=
                UnsafeRawPointer(a + i).loadUnaligned(as: SIMD16<Float>.self)
                * UnsafeRawPointer(b + i).loadUnaligned(as: SIMD16<Float>.self)
            i &+= 16
        }
        var sum: Float = 0
        for lane in 0..<16 { sum += sums[lane] }
        return sum
    }

    /// D, E, and A + scale · E as the steps of the network read it, sixteen rows at a time.
    @_noAllocation @_noLocks
    private func step(keep: Float, share: Float, into played: UnsafeMutableRawPointer) {
        let (inputs, width, hidden) = (constants.inputs, constants.width, engine.hidden)
        let lower = inputs &- hidden
        let scale = memory.books.pointee.scale
        for field in 0..<constants.fields {
            var row = 0
            while row < width {
                // Rows are read in panels of 64, what is left in panels of 16.
                let first = row & ~63
                let isWide = first &+ 64 <= width
                let stride = isWide ? 256 : 64
                let start =
                    (isWide ? first : row) &* inputs &* constants.elementBytes &+ (isWide ? (row &- first) &* 4 : 0)
                // Of D and E, which lie in panels of sixteen rows.
                let place = (field &* width &+ row) &* inputs
                let out = played + field &* constants.playedHeadBytes + start
                let base = constants.a + (field &* width &+ row) &* hidden
                let u = memory.u + (field &* width &+ row)
                if lower > 0 {
                    // Nothing of A reads the lower layer.
                    kernels.adapt(
                        memory.fast + place, memory.slow + place, base: constants.zeros, step: 0, u: u,
                        stride: constants.fields &* width, v: memory.v, stride: inputs, columns: lower, keep: keep,
                        share: share, scale: scale, into: out, stride: stride, isHalf: constants.isHalf)
                }
                kernels.adapt(
                    memory.fast + (place &+ 16 &* lower), memory.slow + (place &+ 16 &* lower), base: base, step: 16,
                    u: u, stride: constants.fields &* width, v: memory.v + lower, stride: inputs, columns: hidden,
                    keep: keep, share: share, scale: scale,
                    into: out + (constants.isHalf ? lower / 2 : lower) &* stride, stride: stride,
                    isHalf: constants.isHalf)
                row &+= 16
            }
        }
    }
}
