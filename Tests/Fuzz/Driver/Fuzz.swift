/// libFuzzer's callback; built by scripts/fuzz only, since it wants libFuzzer, which brings `main` too.

import FuzzSubjects
import Glibc

private let subject: Subject = {
    let name = getenv("CONTINUO_FUZZ_SUBJECT").map { String(cString: $0) } ?? ""
    guard let subject = Subject(rawValue: name) else {
        print("$CONTINUO_FUZZ_SUBJECT: one of \(Subject.allCases.map(\.rawValue).joined(separator: ", "))")
        exit(EX_USAGE)
    }
    return subject
}()

/// llvm.org/docs/LibFuzzer.html, "Fuzz Target".
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    // -1: not to be learnt.
    guard size <= subject.longest else { return -1 }
    subject.read(Array(UnsafeBufferPointer(start: bytes, count: size)))
    return 0
}
