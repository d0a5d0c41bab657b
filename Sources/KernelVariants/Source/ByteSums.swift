/// Sums of products of bytes, in which the instruction sets differ: of sixteen rows, with four columns of input for all of
/// them. `add` multiplies these with their 64 bytes of weights in −127…127. `addFine` takes inputs of two times seven bits,
/// unsigned, and adds 128 times the products of the upper ones and once those of the lower.

#if arch(x86_64) && !VARIANT_PORTABLE
    import _Builtin_intrinsics.intel
#endif

#if VARIANT_V4
    /// VNNI multiplies unsigned inputs: `quantize` adds 128 to each, and the panel's Int32 takes it back.
    typealias Sums = SIMD8<Int64>
    typealias FineSums = (upper: Sums, lower: Sums)

    @inline(__always)
    var inputOffset: UInt8 { 128 }

    @inline(__always)
    var nothing: Sums { .zero }

    @inline(__always)
    var nothingFine: FineSums { (.zero, .zero) }

    @inline(__always)
    func begin(_ corrections: UnsafeRawPointer) -> Sums { corrections.loadUnaligned(as: Sums.self) }

    @inline(__always)
    func four(_ input: UnsafeRawPointer) -> Sums {
        _mm512_set1_epi32(input.loadUnaligned(as: Int32.self))
    }

    @inline(__always)
    func add(_ sums: inout Sums, _ weights: UnsafeRawPointer, _ four: Sums) {
        sums = _mm512_dpbusd_epi32(sums, four, weights.loadUnaligned(as: Sums.self))
    }

    @inline(__always)
    func addFine(_ sums: inout FineSums, _ weights: UnsafeRawPointer, _ upper: Sums, _ lower: Sums) {
        add(&sums.upper, weights, upper)
        add(&sums.lower, weights, lower)
    }

    @inline(__always)
    func integers(_ sums: Sums) -> SIMD16<Int32> { unsafeBitCast(sums, to: SIMD16<Int32>.self) }
#elseif VARIANT_V3
    typealias Half = SIMD4<Int64>
    typealias Sums = (Half, Half)
    typealias FineSums = Sums

    @inline(__always)
    var inputOffset: UInt8 { 0 }

    @inline(__always)
    var nothing: Sums { (.zero, .zero) }

    @inline(__always)
    var nothingFine: FineSums { nothing }

    @inline(__always)
    func begin(_ corrections: UnsafeRawPointer) -> Sums { nothing }

    @inline(__always)
    func four(_ input: UnsafeRawPointer) -> Half {
        _mm256_set1_epi32(input.loadUnaligned(as: Int32.self))
    }

    /// |x| · (w with the sign of x): vpmaddubsw wants one side unsigned and saturates sums of two at 32,767, which
    /// 2 · 127 · 127 does not reach.
    @inline(__always)
    private func product(_ weights: UnsafeRawPointer, _ four: Half) -> Half {
        let signed = _mm256_sign_epi8(weights.loadUnaligned(as: Half.self), four)
        return _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_abs_epi8(four), signed), _mm256_set1_epi16(1))
    }

    @inline(__always)
    func add(_ sums: inout Sums, _ weights: UnsafeRawPointer, _ four: Half) {
        sums.0 = _mm256_add_epi32(sums.0, product(weights, four))
        sums.1 = _mm256_add_epi32(sums.1, product(weights + 32, four))
    }

    /// Both parts go into one register: two for each sixteen of 64 rows would be all there are.
    @inline(__always)
    private func product(_ weights: UnsafeRawPointer, _ upper: Half, _ lower: Half) -> Half {
        let weights = weights.loadUnaligned(as: Half.self)
        return _mm256_add_epi32(
            _mm256_madd_epi16(_mm256_maddubs_epi16(upper, weights), _mm256_set1_epi16(128)),
            _mm256_madd_epi16(_mm256_maddubs_epi16(lower, weights), _mm256_set1_epi16(1)))
    }

    @inline(__always)
    func addFine(_ sums: inout FineSums, _ weights: UnsafeRawPointer, _ upper: Half, _ lower: Half) {
        sums.0 = _mm256_add_epi32(sums.0, product(weights, upper, lower))
        sums.1 = _mm256_add_epi32(sums.1, product(weights + 32, upper, lower))
    }

    @inline(__always)
    func integers(_ sums: Sums) -> SIMD16<Int32> { unsafeBitCast(sums, to: SIMD16<Int32>.self) }
#elseif VARIANT_V2
    typealias Quarter = SIMD2<Int64>
    typealias Sums = (Quarter, Quarter, Quarter, Quarter)
    typealias FineSums = Sums

    @inline(__always)
    var inputOffset: UInt8 { 0 }

    @inline(__always)
    var nothing: Sums { (.zero, .zero, .zero, .zero) }

    @inline(__always)
    var nothingFine: FineSums { nothing }

    @inline(__always)
    func begin(_ corrections: UnsafeRawPointer) -> Sums { nothing }

    @inline(__always)
    func four(_ input: UnsafeRawPointer) -> Quarter {
        _mm_set1_epi32(input.loadUnaligned(as: Int32.self))
    }

    /// As in V3.
    @inline(__always)
    private func product(_ weights: UnsafeRawPointer, _ four: Quarter) -> Quarter {
        let signed = _mm_sign_epi8(weights.loadUnaligned(as: Quarter.self), four)
        return _mm_madd_epi16(_mm_maddubs_epi16(_mm_abs_epi8(four), signed), _mm_set1_epi16(1))
    }

    @inline(__always)
    func add(_ sums: inout Sums, _ weights: UnsafeRawPointer, _ four: Quarter) {
        sums.0 = _mm_add_epi32(sums.0, product(weights, four))
        sums.1 = _mm_add_epi32(sums.1, product(weights + 16, four))
        sums.2 = _mm_add_epi32(sums.2, product(weights + 32, four))
        sums.3 = _mm_add_epi32(sums.3, product(weights + 48, four))
    }

    @inline(__always)
    private func product(_ weights: UnsafeRawPointer, _ upper: Quarter, _ lower: Quarter) -> Quarter {
        let weights = weights.loadUnaligned(as: Quarter.self)
        return _mm_add_epi32(
            _mm_madd_epi16(_mm_maddubs_epi16(upper, weights), _mm_set1_epi16(128)),
            _mm_madd_epi16(_mm_maddubs_epi16(lower, weights), _mm_set1_epi16(1)))
    }

    @inline(__always)
    func addFine(_ sums: inout FineSums, _ weights: UnsafeRawPointer, _ upper: Quarter, _ lower: Quarter) {
        sums.0 = _mm_add_epi32(sums.0, product(weights, upper, lower))
        sums.1 = _mm_add_epi32(sums.1, product(weights + 16, upper, lower))
        sums.2 = _mm_add_epi32(sums.2, product(weights + 32, upper, lower))
        sums.3 = _mm_add_epi32(sums.3, product(weights + 48, upper, lower))
    }

    @inline(__always)
    func integers(_ sums: Sums) -> SIMD16<Int32> { unsafeBitCast(sums, to: SIMD16<Int32>.self) }
#else
    typealias Sums = SIMD16<Int32>
    typealias FineSums = (upper: Sums, lower: Sums)

    @inline(__always)
    var inputOffset: UInt8 { 0 }

    @inline(__always)
    var nothing: Sums { .zero }

    @inline(__always)
    var nothingFine: FineSums { (.zero, .zero) }

    @inline(__always)
    func begin(_ corrections: UnsafeRawPointer) -> Sums { nothing }

    @inline(__always)
    func four(_ input: UnsafeRawPointer) -> Int32 { input.loadUnaligned(as: Int32.self) }

    /// Byte `index` of each lane, with its sign.
    @inline(__always)
    private func byte(_ lanes: Sums, _ index: Int32) -> Sums {
        (lanes &<< Sums(repeating: 24 - 8 * index)) &>> Sums(repeating: 24)
    }

    @inline(__always)
    func add(_ sums: inout Sums, _ weights: UnsafeRawPointer, _ four: Int32) {
        let w = weights.loadUnaligned(as: Sums.self)
        let x = Sums(repeating: four)
        sums = sums &+ byte(w, 0) &* byte(x, 0) &+ byte(w, 1) &* byte(x, 1)
        sums = sums &+ byte(w, 2) &* byte(x, 2) &+ byte(w, 3) &* byte(x, 3)
    }

    @inline(__always)
    func addFine(_ sums: inout FineSums, _ weights: UnsafeRawPointer, _ upper: Int32, _ lower: Int32) {
        add(&sums.upper, weights, upper)
        add(&sums.lower, weights, lower)
    }

    @inline(__always)
    func integers(_ sums: Sums) -> SIMD16<Int32> { sums }
#endif

#if VARIANT_V3 || VARIANT_V2
    @inline(__always)
    func integersFine(_ sums: FineSums) -> SIMD16<Int32> { integers(sums) }
#else
    @inline(__always)
    func integersFine(_ sums: FineSums) -> SIMD16<Int32> {
        (integers(sums.upper) &<< SIMD16<Int32>(repeating: 7)) &+ integers(sums.lower)
    }
#endif
