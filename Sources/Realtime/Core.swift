// Not real-time: where a thread runs, for measurements.

import CPlatform

/// Keeps the calling thread on one core, so that the caches it finds are those it left.
/// - Returns: false if the system refused.
public func stay(onCore core: Int) -> Bool { continuo_stay_on_core(Int32(clamping: core)) == 0 }
