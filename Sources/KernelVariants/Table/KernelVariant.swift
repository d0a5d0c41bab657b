/// Which instruction set the kernels use: the x86-64 microarchitecture levels of the psABI, `v4` with VNNI; `portable` is the
/// build's baseline on any architecture.
public enum KernelVariant: String, CaseIterable, Sendable {
    case portable, v2, v3, v4
}
