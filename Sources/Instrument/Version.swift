/// As told by --version and /continuo/ping.
public let continuoVersion = "0.1.0"
