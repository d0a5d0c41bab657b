import Glibc
import Testing

/// Everything that needs a JACK server, one after the other: two servers at a time would disturb each other.
@Suite(.serialized, .enabled(if: canRunJACK, "needs jackd")) struct EndToEndTests {}

/// Under CI these tests run in any case, so that they fail there instead of being skipped.
private let canRunJACK = access("/usr/bin/jackd", X_OK) == 0 || getenv("CI") != nil
