/// The version that `--version` and /continuo/ping report: that of NEWS, of the packages and of interop/pytorch.
public let continuoVersion = "0.2.0"
