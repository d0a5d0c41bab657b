import Commands
import Glibc

/// Prints the most memory that this process has had in use, mapped files included.
func printPeakMemory() {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    // getrusage(2): in KiB on Linux.
    print("peak memory: \(usage.ru_maxrss / 1024) MiB")
}
