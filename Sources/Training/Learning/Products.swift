import Kernels

/// Matrix products in one of two precisions; what is multiplied and what comes out are floats in both.

/// In what the factors of the matrix products of training are told; sums are of floats always.
public enum ProductPrecision: String, CaseIterable, Sendable {
    case fp32, bf16
}

/// The kernels of a precision: those of floats where the processor has none for bfloat16.
struct Products: Sendable {
    let kernels: KernelTable
    let bf16: ProductsBF16?

    init(_ kernels: KernelTable, _ precision: ProductPrecision) {
        self.kernels = kernels
        bf16 = precision == .bf16 ? kernels.productsBF16 : nil
    }

    /// c [rows, columns] += aᵀ·b with a [depth, rows] and b [depth, columns], columns a multiple of 16: the gradient of
    /// a weight matrix. `scratch` holds 256·(rows + 8 + columns).
    func addTransposed(
        _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int, rows: Int, columns: Int,
        depth: Int, into c: UnsafeMutablePointer<Float>, scratch: Buffer<Float>
    ) {
        if let bf16 {
            bf16.gemmTransposed(c, columns, a, aStride, b, bStride, rows, columns, depth, scratch.words)
        } else {
            kernels.gemmTransposed(c, columns, a, aStride, b, bStride, rows, columns, depth, scratch.base)
        }
    }
}

/// A matrix B [depth, columns] in the order in which the products read it.
struct Panels: Sendable {
    private let depth: Int
    private let columns: Int
    private let products: Products
    private let memory: Buffer<Float>

    init(depth: Int, columns: Int, _ products: Products) {
        self.depth = depth
        self.columns = columns
        self.products = products
        memory = Buffer((columns + 15) / 16 * 16 * (products.bf16 == nil ? depth : (depth + 1) / 2))
    }

    /// B[k, j] = source[k·depthStride + j·columnStride], one of the strides being 1.
    func pack(_ source: UnsafePointer<Float>, depthStride: Int, columnStride: Int) {
        if let bf16 = products.bf16 {
            bf16.packPanels(memory.words, source, depthStride, columnStride, depth, columns)
        } else {
            products.kernels.packPanels(memory.base, source, depthStride, columnStride, depth, columns)
        }
    }

    /// c [rows, columns] = a·B, or that added to it. `scratch` holds 16,384; floats need none.
    func multiply(
        _ a: UnsafePointer<Float>, _ aStride: Int, rows: Int, into c: UnsafeMutablePointer<Float>, _ cStride: Int,
        adding: Bool, scratch: Buffer<Float>?
    ) {
        if let bf16 = products.bf16, let scratch {
            bf16.gemm(c, cStride, a, aStride, memory.words, rows, columns, depth, adding, scratch.words)
        } else {
            products.kernels.gemm(c, cStride, a, aStride, memory.base, rows, columns, depth, adding)
        }
    }
}

extension Buffer<Float> {
    /// The same memory, for pairs of bfloat16.
    fileprivate var words: UnsafeMutablePointer<UInt32> {
        UnsafeMutableRawPointer(base).assumingMemoryBound(to: UInt32.self)
    }
}
