/// What `continuo doctor` looks at in the machine itself: processor, model, rights, sound.

import Commands
import Glibc
import Kernels
import Processes
import Realtime
import Session

extension Examination {
    /// Whether the preset loads, and is stepped fast enough here.
    mutating func processorAndModel(_ options: InstrumentOptions) {
        do {
            let kernels = try KernelTable.best()
            ok("processor", "\(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores, instruction set \(kernels.variant)")
        } catch {
            return fail("processor", "\(error)", do: "unset CONTINUO_KERNELS", EX_CONFIG)
        }
        do {
            let (mind, values) = try options.load()
            let megabytes = (mind.network.byteCount + 500_000) / 1_000_000
            ok("model", "\(options.preset) loads: \(megabytes) MB of weights as played")
            judge(try LiveSpeed(of: mind.network, try KernelTable.best(), values))
        } catch {
            // The error says itself what to do.
            fail("model", "\(error)", do: "", exitStatus(error) ?? EX_SOFTWARE)
        }
    }

    private mutating func judge(_ speed: LiveSpeed) {
        switch speed.verdict {
        case .inTime: ok("speed", speed.description)
        case .late: warn("speed", speed.description, do: LiveSpeed.advice + "; replies after a pedal may be late")
        case .tooSlow: fail("speed", "\(speed); continuod refuses it", do: LiveSpeed.advice, EX_CONFIG)
        }
    }

    // MARK: Rights

    /// - Parameter realtimePriority: of JACK's thread; nil if there is none.
    mutating func rights(realtimePriority: Int32?) {
        let advice =
            "sudo dpkg-reconfigure -p high jackd2; sudo adduser $USER audio; then log in again (groups now: \(groups))"
        // JACK's own default is 10; the improviser runs one below.
        let priority = max((realtimePriority ?? 10) - 1, 1)
        let thread = RealtimeThread(name: "doctor", priority: priority) {}
        thread.join()
        let limit = limit(__RLIMIT_RTPRIO)
        switch thread.right {
        case .granted: ok("real-time", "priority \(priority) granted")
        case .refused:
            let group = names.contains("audio") || getuid() == 0 ? "" : "; you are not in the group audio"
            warn("real-time", "priority \(priority) refused: the limit (rtprio) is \(limit)\(group)", do: advice)
        }
        let room = self.limit(__RLIMIT_MEMLOCK)
        let memory = room == "unlimited" ? "" : " (limit \(room) bytes)"
        switch lockMemory() {
        case .granted: ok("memory", "locked in RAM\(memory)")
        case .refused: warn("memory", "locking it in RAM refused\(memory)", do: advice)
        }
    }

    private func limit(_ kind: __rlimit_resource) -> String {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(kind.rawValue), &limit)
        return limit.rlim_cur == .max ? "unlimited" : "\(limit.rlim_cur)"
    }

    private var groups: String { names.isEmpty ? "none" : names.joined(separator: ", ") }

    /// Of the groups that this process is in.
    private var names: [String] {
        var ids = [gid_t](repeating: 0, count: 256)
        let count = Int(getgroups(Int32(ids.count), &ids))
        return ids.prefix(max(count, 0)).compactMap { getgrgid($0).map { String(cString: $0.pointee.gr_name) } }
    }

    // MARK: Sound

    /// Only the demo needs these, so they are never a failure.
    mutating func sound() {
        let advice = "sudo apt install fluidsynth timgm6mb-soundfont"
        do throws(ProcessError) {
            let soundfont = try Soundfont.find()
            guard Soundfont.hasSynth else {
                return warn("sound", "FluidSynth is not there, a synth for the demo and for you", do: advice)
            }
            ok("sound", "FluidSynth, and \(soundfont.path)")
        } catch {
            warn("sound", "no soundfont for FluidSynth in /usr/share/sounds/sf2", do: advice)
        }
    }
}
