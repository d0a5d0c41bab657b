// Not real-time: half precision as stored in files.

/// IEEE 754 binary16 as stored in files, in integer arithmetic: `Float16`'s own conversions may go through the
/// floating-point unit and lose subnormal halves on a thread that flushes them to zero, and a model must be the
/// same whoever loads it.
enum HalfPrecision {
    static func float(_ half: UInt16) -> Float {
        let sign = UInt32(half & 0x8000) << 16
        let magnitude = UInt32(half & 0x7FFF)
        switch magnitude {
        case 0: return Float(bitPattern: sign)
        case ..<0x0400:
            // magnitude · 2⁻²⁴, normal as a Float.
            let leading = UInt32(31 - magnitude.leadingZeroBitCount)
            return Float(bitPattern: sign | (leading + 103) << 23 | magnitude << (23 - leading) & 0x7F_FFFF)
        case ..<0x7C00: return Float(bitPattern: sign | (magnitude << 13 + 112 << 23))
        default: return Float(bitPattern: sign | 0x7F80_0000 | (magnitude & 0x3FF) << 13)
        }
    }

    /// To nearest, ties to even; beyond the range infinity.
    static func bits(_ float: Float) -> UInt16 {
        let sign = UInt16(float.bitPattern >> 16) & 0x8000
        let magnitude = float.bitPattern & 0x7FFF_FFFF
        let exponent = magnitude >> 23
        switch magnitude {
        // Below 2⁻²⁵, half of the smallest.
        case ..<0x3300_0000: return sign
        // Below 2⁻¹⁴ the result counts units of 2⁻²⁴.
        case ..<0x3880_0000: return sign | rounded(magnitude & 0x7F_FFFF | 0x80_0000, droppingBits: 126 - exponent)
        // Below 2¹⁶: another bias, and thirteen bits fewer. A carry into the exponent is right, up to infinity.
        case ..<0x4780_0000: return sign | rounded(magnitude - 112 << 23, droppingBits: 13)
        case ...0x7F80_0000: return sign | 0x7C00
        default: return sign | 0x7E00
        }
    }

    private static func rounded(_ value: UInt32, droppingBits count: UInt32) -> UInt16 {
        let odd = value >> count & 1
        return UInt16((value + (1 << (count - 1) - 1) + odd) >> count)
    }
}
