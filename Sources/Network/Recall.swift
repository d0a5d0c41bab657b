// REAL-TIME (improviser): the memory of the player's notes. RecallMemory.swift prepares it.

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
/// The caller owns a *place* (`placeCount` floats: u, and how many tokens were remembered) and a *room* (`roomCount` floats),
/// both aligned to 64 bytes. A place is copied with the state it belongs to. A room serves one place in which tokens are
/// remembered, and any copies of it in which none are: until the next is.
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
    /// 64 classes beyond the last, in turn: a processor adds slowly to one place again and again.
    let nowhere: UnsafePointer<UInt16>
    /// θ and e^b.
    let sharpness: Float
    let odds: Float

    /// Floats of a place.
    public var placeCount: Int {
        shape.width &+ 16
    }

    /// Of 64 rows of 8-bit products with a scale for each 32 columns (KernelVariants: StepGrouped.swift).
    private var panelBytes: Int { 256 &+ (shape.width &+ 31) / 32 &* 128 &+ 64 &* shape.width }
    /// Panels, then two bytes for each class.
    var ringBytes: Int { shape.length / 64 &* panelBytes &+ 2 &* shape.length }

    /// Floats of a room: bytes of u and of h, weights of a panel, masses and probabilities of the classes, the ring.
    public var roomCount: Int {
        rounded(shape.width / 2) &+ rounded(hidden / 4) &+ 64 &+ 2 &* classRoom &+ rounded(ringBytes / 4)
    }
    /// One class more at least, for what is not to be counted.
    private var classRoom: Int { rounded(shape.classes &+ 1) }
    private func rounded(_ floats: Int) -> Int { (floats &+ 15) & ~15 }

    /// The parts of a room.
    private struct Room {
        let query: UnsafeMutablePointer<UInt8>
        let input: UnsafeMutablePointer<UInt8>
        let weights: UnsafeMutablePointer<Float>
        let masses: UnsafeMutablePointer<Float>
        let probabilities: UnsafeMutablePointer<Float>
        let ring: UnsafeMutableRawPointer
    }

    @_noAllocation @_noLocks
    private func parts(_ room: UnsafeMutablePointer<Float>) -> Room {
        let input = room + rounded(shape.width / 2)
        let weights = input + rounded(hidden / 4)
        let masses = weights + 64
        return Room(
            query: UnsafeMutableRawPointer(room).assumingMemoryBound(to: UInt8.self),
            input: UnsafeMutableRawPointer(input).assumingMemoryBound(to: UInt8.self), weights: weights,
            masses: masses, probabilities: masses + classRoom,
            ring: UnsafeMutableRawPointer(masses + 2 &* classRoom))
    }

    /// Bytes of what is remembered, behind which `placeCount` has the rest.
    @_noAllocation @_noLocks
    func ring(in room: UnsafeMutablePointer<Float>) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: parts(room).ring, count: ringBytes)
    }

    /// How many tokens were remembered: a whole number behind u.
    @_noAllocation @_noLocks
    private func count(_ place: UnsafePointer<Float>) -> Int {
        UnsafeRawPointer(place + shape.width).load(as: Int.self)
    }

    /// Nothing is remembered; the state is h = 0.
    @_noAllocation @_noLocks
    public func reset(_ place: UnsafeMutablePointer<Float>) {
        place.initialize(repeating: 0, count: placeCount)
        UnsafeMutableRawPointer(place + shape.width).storeBytes(of: 0, as: Int.self)
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
        let count = count(place)
        let ring = parts(room).ring
        let slot = count % shape.length
        write(place, to: ring + slot / 64 &* panelBytes, row: slot & 63)
        (ring + shape.length / 64 &* panelBytes).storeBytes(
            of: UInt16(truncatingIfNeeded: value), toByteOffset: 2 &* slot, as: UInt16.self)
        UnsafeMutableRawPointer(place + shape.width).storeBytes(of: count &+ 1, as: Int.self)
    }

    /// A row of 8-bit products, times θ: of each 32 columns, the largest is ±127.
    @_noAllocation @_noLocks
    private func write(_ u: UnsafePointer<Float>, to panel: UnsafeMutableRawPointer, row: Int) {
        var offset: Float = 0
        var group = panel + 256
        var first = 0
        while first < shape.width {
            let end = first &+ 32 < shape.width ? first &+ 32 : shape.width
            var largest: Float = 0
            for i in first..<end {
                let size = u[i] < 0 ? -u[i] : u[i]
                if size > largest { largest = size }
            }
            // To the nearest bfloat16, so the largest is 127.25 at most.
            let half = ((sharpness * largest / (127 * 8191)).bitPattern &+ 0x8000) & 0xFFFF_0000
            let scale = Float(bitPattern: half)
            let perByte = scale > 1e-30 ? sharpness / (scale * 8191) : 0
            group.storeBytes(
                of: UInt16(truncatingIfNeeded: half >> 16),
                toByteOffset: row / 32 &* 64 &+ (row & 15) &* 4 &+ (row >> 4 & 1) &* 2, as: UInt16.self)
            var sum: Int32 = 0
            for i in first..<end {
                // To nearest: adding 1.5·2²³ leaves the integer in the lowest bits.
                let bits = (u[i] * perByte + 12_582_912).bitPattern
                let byte = Int8(truncatingIfNeeded: Int32(bitPattern: bits))
                sum &+= Int32(byte)
                group.storeBytes(
                    of: byte, toByteOffset: 128 &+ (i &- first) / 4 &* 256 &+ row &* 4 &+ i & 3, as: Int8.self)
            }
            offset -= 8192 * scale * Float(sum)
            group += 128 &+ (end &- first) &* 64
            first = end
        }
        panel.storeBytes(of: offset, toByteOffset: row &* 4, as: Float.self)
    }

    /// Makes the logits of the recall's field those of the mixture. Takes as long however much is remembered.
    /// - Parameter legal: a bit for each class; nil: all are legal.
    @_noAllocation @_noLocks
    public func mix(
        into logits: UnsafeMutablePointer<Float>, legal: UnsafePointer<UInt64>?, _ place: UnsafePointer<Float>,
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
    private func isLegal(_ k: Int, _ legal: UnsafePointer<UInt64>?) -> Bool {
        guard let legal else { return true }
        return legal[k >> 6] >> UInt64(truncatingIfNeeded: k & 63) & 1 != 0
    }

    /// The weights of what is remembered, summed by class. Before the first of all, at negative places, stands anything, and
    /// it counts for nothing.
    @_noAllocation @_noLocks
    private func weigh(_ place: UnsafePointer<Float>, _ room: Room) {
        let end = count(place)
        let first = end &- shape.length
        let panels = shape.length / 64
        let classes = UnsafePointer((room.ring + panels &* panelBytes).assumingMemoryBound(to: UInt16.self))
        room.masses.initialize(repeating: 0, count: classRoom)
        kernels.quantize(place, to: room.query, count: shape.width)
        var panel = first >> 6
        while panel &* 64 < end {
            let place = (panel % panels &+ panels) % panels
            let classes = panel < 0 ? nowhere : classes + place &* 64
            kernels.weigh(
                into: room.weights, start: floats, matrix: room.ring + place &* panelBytes, input: room.query, rows: 64,
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
        weighPointer = table.affine(.mixed)
        quantizePointer = table.quantize(.mixed)
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
