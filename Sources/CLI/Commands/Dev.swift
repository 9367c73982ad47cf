internal import ArgumentParser
internal import Glibc
internal import PluginHost
internal import SagaCore
internal import Server
internal import Storage

/// `arcadia dev`
struct DevCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Everything at once, to look around in: a host, its page, an account that is not real.",
        discussion: """
            Makes a data folder of its own, simulates a provider on this machine, and fills
            both with what an operator meets: droplets, invoices, drift, runs that
            completed, were rolled back, failed, sleep or wait for a person, a plugin in
            quarantine.
            Then it serves API and page; now and then something changes or goes wrong.
            Nothing outside this machine is asked, whatever tokens and addresses are set.

            EXAMPLES
              arcadia dev                  prints a login link, and what to try next
              arcadia dev --port 7070      the page always at the same address
              arcadia dev --data ./look    keeps its data folder for later
              arcadia dev --output json    address, login link, folders: for a program
              arcadia dev --plugin ./mine  a plugin of yours, built and loaded on each save
              arcadia dev --plugin ./mine --output jsonl   what happens to it, a line each

            `--plugin` takes a source folder as `arcadia plugins new` makes it, or the
            finished plugin. Each save builds it anew and puts it in use; runs under way
            keep the build that they began with, and one that fails to build takes nothing
            away. Its calls are shown as they happen.

            INT, TERM or a closed terminal ends it, and the data folder is gone, unless
            `--data` named it. Enter prints another login link.
            """)

    @Option(help: "The port of page and API; 0 for any that is free.")
    var port = 0

    @Flag(help: "Nothing changes and nothing goes wrong by itself.")
    var still = false

    @Option(help: ArgumentHelp("A plugin to develop: its source, or its folder; may be repeated.", valueName: "dir"))
    var plugin: [String] = []

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port is a number from 0 to 65535") }
    }

    func run() throws {
        // A closed terminal must not leave the folder behind.
        let signals = StopSignals(and: SIGHUP)
        let folder = try DevFolder(options.host.data)
        defer { folder.remove() }
        let account = try DevAccount()
        try folder.prepare(for: account)
        var options = options
        options.host.data = folder.path
        let plugins = plugin.isEmpty ? nil : try DevPlugins(plugin, data: folder.path)
        if let plugins { options.host.plugins.insert(plugins.stage.folder, at: 0) }
        // Takes tokens out of the environment before make sees it.
        let wiring = Wiring(options)
        guard let snapshots = try plugins.map({ try $0.buildAll(stoppedBy: signals) }) ?? [] else { return }
        if let plugins { wiring.showPluginLog { plugins.news.hear($0) } }
        try serve(wiring, folder, account, plugins, snapshots, signals)
    }

    private func serve(
        _ wiring: Wiring, _ folder: DevFolder, _ account: DevAccount, _ plugins: DevPlugins?,
        _ snapshots: [SourceSnapshot], _ signals: StopSignals
    ) throws {
        try DevStory.quarantineAPlugin(wiring)
        let metrics = Metrics()
        let host = try wiring.host(observer: RunMetrics(metrics), audience: plugins?.news)
        let story = try DevStory(host, wiring: wiring, account)
        let background = try Background(host, wiring: wiring)
        _ = try storing { () throws(StoreError) in try background.start() }
        Terminal.say("making an account, and what happened in it …")
        try cloudwise { try story.tell() }
        let server = try ServerHost(
            host, wiring: wiring, try configuration(wiring, folder), metrics: metrics, log: { _ in })
        let weather = still ? nil : DevWeather(story)
        let guide = DevGuide(
            folder: folder, account: account, server: server, waiting: story.waitingRun, plugins: plugins)
        guide.show(searched: wiring.options.plugins)
        guide.printLinksOnEnter()
        plugins?.begin(host.catalog, snapshots)
        try background.stay(until: signals)
        Terminal.say("stopping")
        signals.endAtOnceOnNext()
        plugins?.stop()
        weather?.stop()
        server.stop()
        try storing { () throws(StoreError) in try background.stop() }
    }

    private func configuration(_ wiring: Wiring, _ folder: DevFolder) throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.port = port
        configuration.version = HostVersion.text
        configuration.verifier = try wiring.verifier(folder.tokenPolicy)
        return configuration
    }
}
