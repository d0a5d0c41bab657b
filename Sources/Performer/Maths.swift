// REAL-TIME (improviser): functions of the C library.

import Glibc

/// The C library's functions, which neither allocate nor lock.
struct Maths {
    /// Of x clipped to 0.02…20.
    func log(_ x: Float) -> Float { plainLog(max(0.02, min(20, x))) }

    @_semantics("no_performance_analysis")  // libm
    func plainLog(_ x: Float) -> Float { logf(x) }

    @_semantics("no_performance_analysis")  // libm
    func tanh(_ x: Float) -> Float { tanhf(x) }

    @_semantics("no_performance_analysis")  // libm
    func exp(_ x: Float) -> Float { expf(x) }

    @_semantics("no_performance_analysis")  // libm
    func squareRoot(_ x: Float) -> Float { sqrtf(x) }
}
