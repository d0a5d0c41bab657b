import ArgumentParser

/// How to find the server and the daemon on it.
package struct JACKOptions: ParsableArguments {
    @Option(help: "Name of the JACK server, instead of $JACK_DEFAULT_SERVER.")
    package var server: String?
    @Option(help: "Name of continuod's JACK or ALSA client.")
    package var name = "continuo"

    package init() {}
}
