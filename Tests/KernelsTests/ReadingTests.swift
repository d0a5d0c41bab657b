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
}
