/// The arithmetic of training and inference: one source, compiled once per instruction set (see Package.swift).
/// Raw pointers and `SIMD16<Float>` only, so that an object file holds nothing but its own kernels: a weak
/// specialisation of the standard library with AVX-512 in it could be linked in for a CPU that has none.

typealias Vector = SIMD16<Float>
typealias Bits = SIMD16<UInt32>

/// Sixteen floats from any address.
@inline(__always)
func load(_ p: UnsafePointer<Float>, _ index: Int = 0) -> Vector {
    UnsafeRawPointer(p + index).loadUnaligned(as: Vector.self)
}

@inline(__always)
func load(_ p: UnsafeMutablePointer<Float>, _ index: Int = 0) -> Vector {
    UnsafeRawPointer(p + index).loadUnaligned(as: Vector.self)
}

/// Sixteen floats to any address.
@inline(__always)
func store(_ v: Vector, _ p: UnsafeMutablePointer<Float>, _ index: Int = 0) {
    UnsafeMutableRawPointer(p + index).storeBytes(of: v, as: Vector.self)
}

/// a·b + c; fused where the instruction set has it (elsewhere `addingProduct` would be a call of fmaf a lane).
@inline(__always)
func fma(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
    #if VARIANT_V3 || VARIANT_V4
        c.addingProduct(a, b)
    #else
        a * b + c
    #endif
}

@inline(__always)
func fma(_ a: Vector, _ b: Float, _ c: Vector) -> Vector { fma(a, Vector(repeating: b), c) }

@inline(__always)
func bits(_ v: Vector) -> Bits { unsafeBitCast(v, to: Bits.self) }

@inline(__always)
func floats(_ b: Bits) -> Vector { unsafeBitCast(b, to: Vector.self) }

/// Tree sum of the lanes: the same order in every variant.
@inline(__always)
func sum(_ v: Vector) -> Float {
    let eight = v.lowHalf + v.highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
}

@inline(__always)
func maximum(_ a: Vector, _ b: Vector) -> Vector { a.replacing(with: b, where: a .< b) }

@inline(__always)
func maximum(_ v: Vector) -> Float {
    let a = v.lowHalf
    let b = v.highHalf
    let eight = a.replacing(with: b, where: a .< b)
    let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.lowHalf .< eight.highHalf)
    let two = four.lowHalf.replacing(with: four.highHalf, where: four.lowHalf .< four.highHalf)
    return two[0] < two[1] ? two[1] : two[0]
}

/// Sixteen pairs of bfloat16, the upper halves of floats.
@inline(__always)
func words(_ p: UnsafeRawPointer, _ index: Int) -> Bits {
    p.loadUnaligned(fromByteOffset: index * 64, as: Bits.self)
}

/// The first of each pair.
@inline(__always)
func lower(_ w: Bits) -> Vector { floats(w &<< Bits(repeating: 16)) }

/// The second of each pair.
@inline(__always)
func upper(_ w: Bits) -> Vector { floats(w & Bits(repeating: 0xFFFF_0000)) }
