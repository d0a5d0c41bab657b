import Kernels
import Testing

@Suite struct ReadingTests {
    /// The bits of every byte are in the answer, so none was left out.
    @Test(arguments: variants) func everyByteIsRead(variant: KernelVariant) throws {
        let kernels = try table(variant)
        for byte in 0..<768 {
            var memory = [UInt8](repeating: 0, count: 1024)
            memory[byte] = 0x40
            #expect(kernels.readThrough(memory, 768) == 0x40 << UInt32(8 * (byte % 4)), "\(byte)")
        }
        #expect(kernels.readThrough([UInt8](repeating: 0, count: 768) + [1], 768) == 0)
    }

    /// Each chain x = x/2 + y ends at 2y, and all are counted.
    @Test(arguments: variants) func everyMultiplyAddIsCounted(variant: KernelVariant) throws {
        let kernels = try table(variant)
        var lanes: [Float] = (0..<16).map { Float($0) }
        let operations = kernels.multiplyAdd(&lanes, 100)
        #expect(operations % 3200 == 0)
        #expect(lanes == (0..<16).map { Float($0 * 2 * operations / 3200) })
    }
}
