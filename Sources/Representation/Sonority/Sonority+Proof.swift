// REAL-TIME (improviser): for the compiler's analysis only.

extension Sonority {
    /// As `Performance.prove`, but for `init`, which looks where the tables lie: they are made before.
    @_noAllocation @_noLocks
    package mutating func prove(
        _ event: HeardEvent, _ token: Token, certain: (Token) -> Void, sounding: (KeyEvent) -> Void, _ mask: Mask
    ) {
        hear(event, certain: certain)
        advance(to: tick, certain: certain)
        assumeRest(at: tick, assumed: certain, released: sounding)
        emit(token, sounding)
        releaseAll(at: tick, certain: certain, sounding)
        _ = isAsleep || machineKeys.isEmpty || Self.has(0, given: token)
        self.mask(0, given: token, within: .play, into: mask)
    }
}
