// Real-time path: no allocation, lock, reference counting or Foundation. RecallMemory.swift prepares it.

import Kernels

/// What a network remembers beside its state: in what state each note was struck, and which. When it is in a state like one
/// of those again, the notes that followed then become likelier: a theme that comes back is known, however long ago it was.
///
/// A continuous cache (Grave, Joulin & Usunier, "Improving neural language models with a continuous cache", 2017) over a
/// learned projection, with a gate that is learned too, as a sentinel is (Merity et al., "Pointer sentinel mixture models",
/// 2016), but constant. With u = W·h / |W·h| of the state h from which a token is predicted, the token remembered as i weighs
/// w_i = exp(θ·(u·u_i − 1)), and the probability of class k among the legal remembered classes becomes
///
///     (e^b · p_k + Σ_{i of class k} w_i) / (e^b + Σ_i w_i)
///
/// where p is the softmax of these classes alone; what they have together stays theirs.
///
/// The caller owns a *place* (`placeCount` floats: u, how many tokens were remembered, and from which on they are those of a
/// branch) and a *room* (`roomCount` floats), both aligned to 64 bytes. A place is copied with the state it belongs to; a
/// room serves the place that follows what is heard, and one other that branches off it.
///
/// @unchecked Sendable: pointers to memory that is written before the value exists and never after.
public struct Recall: @unchecked Sendable {
    let shape: Configuration.Recall
    /// Rounded up to 16.
    let hidden: Int
    /// Of the projection's precision, for its product.
    let stepKernels: StepKernels
    let kernels: RecallKernels
    /// W: [width, hidden].
    let projection: UnsafeRawPointer
    /// −θ, 64 times, then as many zeros as the width.
    let floats: UnsafePointer<Float>
    /// The class beyond the last, 64 times.
    let nowhere: UnsafePointer<UInt8>
    /// θ and e^b.
    let sharpness: Float
    let odds: Float

    /// Floats of a place.
    public var placeCount: Int {
        shape.width &+ 16
    }

    /// Rows of 8-bit products, [rows / 64] panels (KernelVariants: StepInt8.swift).
    private var panelBytes: Int { 512 &+ 64 &* shape.width }
    /// More than are remembered: a branch is taken back by up to a thousand tokens.
    var slots: Int { shape.length &+ 1024 }
    private var ringBytes: Int { slots / 64 &* panelBytes &+ slots }

    /// Floats of a room: bytes of u and of h, weights of a panel, masses and probabilities of the classes, two rings.
    public var roomCount: Int {
        rounded(shape.width / 4) &+ rounded(hidden / 4) &+ 64 &+ 2 &* classRoom &+ ringBytes / 2
    }
    /// One class more, for what is not to be counted.
    private var classRoom: Int { rounded(shape.classes &+ 1) }
    private func rounded(_ floats: Int) -> Int { (floats &+ 15) & ~15 }

    /// The parts of a room.
    private struct Room {
        let query: UnsafeMutablePointer<UInt8>
        let input: UnsafeMutablePointer<UInt8>
        let weights: UnsafeMutablePointer<Float>
        let masses: UnsafeMutablePointer<Float>
        let probabilities: UnsafeMutablePointer<Float>
        /// Of what is heard, and of the branch: panels, then a byte for each class.
        let heard: UnsafeMutableRawPointer
        let branch: UnsafeMutableRawPointer
    }

    @_noAllocation @_noLocks
    private func parts(_ room: UnsafeMutablePointer<Float>) -> Room {
        let input = room + rounded(shape.width / 4)
        let weights = input + rounded(hidden / 4)
        let masses = weights + 64
        let rings = UnsafeMutableRawPointer(masses + 2 &* classRoom)
        return Room(
            query: UnsafeMutableRawPointer(room).assumingMemoryBound(to: UInt8.self),
            input: UnsafeMutableRawPointer(input).assumingMemoryBound(to: UInt8.self), weights: weights,
            masses: masses, probabilities: masses + classRoom, heard: rings, branch: rings + ringBytes)
    }

    /// How many tokens were remembered, and the first of the branch: whole numbers behind u.
    @_noAllocation @_noLocks
    private func counts(_ place: UnsafePointer<Float>) -> (all: Int, fork: Int) {
        let counts = UnsafeRawPointer(place + shape.width)
        return (counts.load(as: Int.self), counts.load(fromByteOffset: 8, as: Int.self))
    }

    @_noAllocation @_noLocks
    private func setCounts(_ place: UnsafeMutablePointer<Float>, _ all: Int, fork: Int) {
        let counts = UnsafeMutableRawPointer(place + shape.width)
        counts.storeBytes(of: all, as: Int.self)
        counts.storeBytes(of: fork, toByteOffset: 8, as: Int.self)
    }

    /// Nothing is remembered; the state is h = 0.
    @_noAllocation @_noLocks
    public func reset(_ place: UnsafeMutablePointer<Float>) {
        place.initialize(repeating: 0, count: placeCount)
        setCounts(place, 0, fork: .max)
    }

    /// What is remembered from here on is a branch's own.
    @_noAllocation @_noLocks
    public func branch(_ place: UnsafeMutablePointer<Float>) {
        let all = counts(place).all
        setCounts(place, all, fork: all)
    }

    /// u of the state in which the next token is predicted.
    @_noAllocation @_noLocks
    public func look(
        _ place: UnsafeMutablePointer<Float>, at h: UnsafePointer<Float>, room: UnsafeMutablePointer<Float>
    ) {
        let room = parts(room)
        var input = UnsafeRawPointer(h)
        if stepKernels.quantizesHeads {
            stepKernels.quantize(h, to: room.input, count: hidden)
            input = UnsafeRawPointer(room.input)
        }
        stepKernels.head(
            into: place, start: floats + 64, matrix: projection, input: input, rows: shape.width, columns: hidden)
        var squares: Float = 0
        for i in 0..<shape.width { squares += place[i] * place[i] }
        // Of no length to speak of, it has no direction.
        guard squares > 1e-20 && squares < .infinity else { return place.initialize(repeating: 0, count: shape.width) }
        // 1 / √x = e^(−½ ln x), by kernels that are the same on every machine.
        room.weights.initialize(repeating: squares, count: 16)
        kernels.logarithms(room.weights, 16)
        for i in 0..<16 { room.weights[i] *= -0.5 }
        kernels.exponentials(room.weights, 16)
        let factor = room.weights[0]
        for i in 0..<shape.width { place[i] *= factor }
    }

    /// The token that was predicted from the state last looked at is heard.
    /// - Parameter value: its class in the recall's field.
    @_noAllocation @_noLocks
    public func remember(_ value: Int, _ place: UnsafeMutablePointer<Float>, room: UnsafeMutablePointer<Float>) {
        guard value >= 0 && value < shape.classes else { return }
        let (all, fork) = counts(place)
        let room = parts(room)
        let ring = all < fork ? room.heard : room.branch
        let slot = all % slots
        write(place, to: ring + slot / 64 &* panelBytes, row: slot & 63)
        (ring + slots / 64 &* panelBytes).storeBytes(
            of: UInt8(truncatingIfNeeded: value), toByteOffset: slot, as: UInt8.self)
        setCounts(place, all &+ 1, fork: fork)
    }

    /// A row of 8-bit products, times θ.
    @_noAllocation @_noLocks
    private func write(_ u: UnsafePointer<Float>, to panel: UnsafeMutableRawPointer, row: Int) {
        var largest: Float = 0
        for i in 0..<shape.width {
            let size = u[i] < 0 ? -u[i] : u[i]
            if size > largest { largest = size }
        }
        let perByte = largest > 1e-10 ? 127 / largest : 0
        var sum: Int32 = 0
        for i in 0..<shape.width {
            // To nearest: adding 1.5·2²³ leaves the integer in the lowest bits.
            let bits = (u[i] * perByte + 12_582_912).bitPattern
            let byte = Int8(truncatingIfNeeded: Int32(bitPattern: bits))
            sum &+= Int32(byte)
            panel.storeBytes(of: byte, toByteOffset: 512 &+ i / 4 &* 256 &+ row &* 4 &+ i & 3, as: Int8.self)
        }
        panel.storeBytes(of: sharpness * largest / (127 * 127), toByteOffset: row &* 4, as: Float.self)
        panel.storeBytes(of: -128 &* sum, toByteOffset: 256 &+ row &* 4, as: Int32.self)
    }

    /// Makes the logits of the recall's field those of the mixture. Takes as long however much is remembered.
    /// - Parameter legal: a bit for each class.
    @_noAllocation @_noLocks
    public func mix(
        into logits: UnsafeMutablePointer<Float>, legal: UnsafePointer<UInt64>, _ place: UnsafePointer<Float>,
        room: UnsafeMutablePointer<Float>
    ) {
        let room = parts(room)
        weigh(place, room)
        var top: Float = -1e30
        for k in 0..<shape.classes where isLegal(k, legal) && logits[k] > top { top = logits[k] }
        guard top > -1e30 else { return }
        for k in 0..<classRoom { room.probabilities[k] = k < shape.classes ? logits[k] - top : 0 }
        kernels.exponentials(room.probabilities, classRoom)
        var (sum, mass): (Float, Float) = (0, 0)
        for k in 0..<shape.classes where isLegal(k, legal) {
            sum += room.probabilities[k]
            mass += room.masses[k]
        }
        let share = 1 / (odds + mass)
        for k in 0..<classRoom {
            // Not 0, whose logarithm is none.
            room.probabilities[k] = (odds * room.probabilities[k] + room.masses[k] * sum) * share + 1e-30
        }
        kernels.logarithms(room.probabilities, classRoom)
        for k in 0..<shape.classes where isLegal(k, legal) { logits[k] = top + room.probabilities[k] }
    }

    @_noAllocation @_noLocks
    private func isLegal(_ k: Int, _ legal: UnsafePointer<UInt64>) -> Bool {
        legal[k >> 6] >> UInt64(truncatingIfNeeded: k & 63) & 1 != 0
    }

    /// The weights of what is remembered, summed by class.
    @_noAllocation @_noLocks
    private func weigh(_ place: UnsafePointer<Float>, _ room: Room) {
        let (end, fork) = counts(place)
        let first = end &- shape.length
        room.masses.initialize(repeating: 0, count: classRoom)
        kernels.quantize(place, to: room.query, count: shape.width)
        weigh(first, fork < end ? fork : end, room.heard, room)
        weigh(first > fork ? first : fork, end, room.branch, room)
    }

    /// Those of a ring from `first` up to `end`. Before the first of all, at negative places, stands anything, and it
    /// counts for nothing.
    @_noAllocation @_noLocks
    private func weigh(_ first: Int, _ end: Int, _ ring: UnsafeMutableRawPointer, _ room: Room) {
        let panels = slots / 64
        let classes = UnsafePointer((ring + panels &* panelBytes).assumingMemoryBound(to: UInt8.self))
        var panel = first >> 6
        while panel &* 64 < end {
            let place = (panel % panels &+ panels) % panels
            let classes = panel < 0 ? nowhere : classes + place &* 64
            kernels.weigh(
                into: room.weights, start: floats, matrix: ring + place &* panelBytes, input: room.query, rows: 64,
                columns: shape.width)
            kernels.exponentials(room.weights, 64)
            let last = panel &* 64 &+ 64 < end ? panel &* 64 &+ 64 : end
            var token = panel &* 64 > first ? panel &* 64 : first
            while token < last {
                room.masses[Int(classes[token & 63])] += room.weights[token & 63]
                token &+= 1
            }
            panel &+= 1
        }
    }
}

/// As `StepKernels`: C function pointers, exempt from the compiler's analysis for the same reason.
struct RecallKernels {
    private let weighPointer: KernelTable.Affine
    private let quantizePointer: KernelTable.Quantize
    private let exponentialsPointer: @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
    private let logarithmsPointer: @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void

    init(_ table: KernelTable) {
        weighPointer = table.affine(.int8)
        quantizePointer = table.quantize(.int8)
        exponentialsPointer = table.exponentials
        logarithmsPointer = table.logarithms
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func weigh(
        into output: UnsafeMutablePointer<Float>, start: UnsafePointer<Float>, matrix: UnsafeRawPointer,
        input: UnsafeRawPointer, rows: Int, columns: Int
    ) {
        weighPointer(output, start, matrix, input, rows, columns)
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func quantize(_ values: UnsafePointer<Float>, to bytes: UnsafeMutablePointer<UInt8>, count: Int) {
        quantizePointer(bytes, values, count)
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func exponentials(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
        exponentialsPointer(values, values, count)
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func logarithms(_ values: UnsafeMutablePointer<Float>, _ count: Int) { logarithmsPointer(values, values, count) }
}
