// Times in microseconds, and what the kernel tells in numbers.

import Files
import Glibc

package func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) * 1e-3
}

/// The numbers of the first line of a file of proc(5), ten zeros if there is none.
package func numbers(of path: String) -> [Int] {
    var text = [CChar](repeating: 0, count: 256)
    if let file = fopen(path.cPath, "r") {
        fgets(&text, Int32(text.count), file)
        fclose(file)
    }
    let line = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) } + [Int](repeating: 0, count: 10)
}
