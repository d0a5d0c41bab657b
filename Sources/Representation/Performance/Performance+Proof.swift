// REAL-TIME (improviser): for the compiler's analysis only.

extension Performance {
    /// Calls what `LiveRepresentation` calls through the witness table, where the analysis cannot follow. Never run: that
    /// it compiles is the proof that none of it allocates or locks. The methods themselves cannot have the attributes, since
    /// the compiler of 6.3 rejects the witness of an attributed method that takes a closure.
    @_noAllocation @_noLocks
    package mutating func prove(
        _ event: HeardEvent, _ token: Token, certain: (Token) -> Void, sounding: (KeyEvent) -> Void, _ mask: Mask
    ) {
        self = Performance()
        hear(event, certain: certain)
        advance(to: tick, certain: certain)
        assumeRest(at: tick, assumed: certain, released: sounding)
        emit(token, sounding)
        releaseAll(at: tick, certain: certain, sounding)
        _ = isAsleep || machineKeys.isEmpty || Self.has(0, given: token)
        self.mask(0, given: token, within: .play, into: mask)
    }
}
