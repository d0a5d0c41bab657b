/// Reads memory and does nothing with it: the floor under every kernel that reads weights once.

/// - Parameter byteCount: a multiple of 256.
/// - Returns: what depends on every byte.
@inline(never)
func readThrough(_ memory: UnsafeRawPointer, _ byteCount: Int) -> UInt32 {
    var a = Bits.zero
    var b = Bits.zero
    var c = Bits.zero
    var d = Bits.zero
    var at = 0
    while at < byteCount {
        a |= memory.loadUnaligned(fromByteOffset: at, as: Bits.self)
        b |= memory.loadUnaligned(fromByteOffset: at + 64, as: Bits.self)
        c |= memory.loadUnaligned(fromByteOffset: at + 128, as: Bits.self)
        d |= memory.loadUnaligned(fromByteOffset: at + 192, as: Bits.self)
        at += 256
    }
    let all = (a | b) | (c | d)
    let eight = all.lowHalf | all.highHalf
    let four = eight.lowHalf | eight.highHalf
    let two = four.lowHalf | four.highHalf
    return two[0] | two[1]
}
