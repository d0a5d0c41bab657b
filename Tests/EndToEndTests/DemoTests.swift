import Glibc
import Processes
import TestSupport
import Testing

extension EndToEndTests {
    @Suite struct DemoTests {
        /// Its own server, since none of this name answers. It fails by itself if the machine does not yield in time.
        @Test func measuresWhatItPromises() throws {
            let preset = try RandomPreset()
            let demo = try ChildProcess([
                "env", "JACK_DEFAULT_SERVER=continuo-nobody", sibling("continuo"), "demo", "--repeat", "2", "--preset",
                preset.path,
            ])
            #expect(demo.hasEnded(within: 60) == .exited(0), "\(demo.said)")
            for figure in ["reply", "interruption", "notes", "network step   median ", "new plan       median "] {
                #expect(demo.said.contains(figure), "\(figure): \(demo.said)")
            }
            #expect(!demo.said.contains("not told"), "\(demo.said)")
        }
    }
}
