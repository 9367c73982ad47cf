internal import ArgumentParser
internal import Glibc
internal import PluginHost
internal import SagaCore

/// Where plugins are installed.
struct InstallOptions: ParsableArguments {
    @Flag(help: "For every user of this machine: /usr/local/lib/arcadia/plugins.")
    var system = false

    @Option(
        help: ArgumentHelp("Into this folder of plugins (default: ~/.local/share/arcadia/plugins).", valueName: "dir"))
    var to: String?

    func validate() throws {
        guard !system || to == nil else {
            throw ValidationError("--system and --to name two folders: give one of them")
        }
    }

    func folder(_ wiring: Wiring) throws(Failure) -> String {
        if system { return "/usr/local/lib/arcadia/plugins" }
        if let to { return absolutePath(to) }
        guard let folder = PluginSearch.userFolder(wiring.environment) else {
            throw Failure(
                "install.no_home", "there is no HOME, so no folder of your own", hint: "`--to DIR`", exit: .usage)
        }
        return folder
    }
}

extension PluginsCommand {
    /// `arcadia plugins install PATH`
    struct Install: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Install a plugin, or another version of it, and lock it.",
            discussion: """
                Shows what it is, who signed it, what it asks for and where it will run, and
                asks you. Nothing of it runs. Of another version it shows what is new, and asks
                only then. Hosts that run go on with the build they have.

                EXAMPLES
                  arcadia plugins install ./build/mail
                  arcadia plugins install mail-1.2.0.tar.gz
                  arcadia plugins install ./build/mail --system --yes
                """)

        @Argument(help: "The plugin's folder, or a .tar.gz with that folder in it.")
        var path: String

        @OptionGroup var place: InstallOptions

        @Flag(help: "Agree to what it asks for, without a question.")
        var yes = false

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(here: options)
            let source = try InstallSource(path)
            defer { source.clear() }
            let trust = try wiring.trust(mayMakeLock: true)
            let parent = try place.folder(wiring)
            let installation = try Self.refusing {
                try PluginInstallation(of: source.folder, into: parent, trust: trust)
            }
            let offer = try InstallOffer(installation, trust, wiring)
            try offer.ask(isAgreed: yes)
            if wiring.options.lockFile == nil { _ = try wiring.dataFolder() }
            try Self.refusing { try installation.perform() }
            try LockWriter(path: wiring.lockPath, isAgreed: true).write([offer.change])
            offer.showResult(wiring)
        }

        fileprivate static func refusing<Value>(_ body: () throws -> Value) throws -> Value {
            do {
                return try body()
            } catch let refusal as PluginRefusal {
                throw Failure(refusal)
            }
        }
    }

    /// `arcadia plugins uninstall ID`
    struct Uninstall: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove an installed plugin, and take it out of the lock file.",
            discussion: """
                What it did stays done, and is taken back by the build that did it as long as
                that is in the content store of its host.

                EXAMPLES
                  arcadia plugins uninstall mail
                  arcadia plugins uninstall mail --system
                """)

        @Argument(help: "The plugin's id.")
        var id: String

        @OptionGroup var place: InstallOptions
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(here: options)
            let parent = try place.folder(wiring)
            guard OperationName(id + ".x")?.plugin == id, access("\(parent)/\(id)/plugin.json", F_OK) == 0 else {
                throw Failure(
                    "uninstall.unknown", "there is no plugin \"\(id.printable)\" in \(parent)",
                    hint: "`arcadia plugins show \(id.printable)` says where it lies; `--to DIR` names another folder",
                    exit: .unavailable)
            }
            let trust = try wiring.trust(mayMakeLock: true)
            try Install.refusing { try PluginFolders.remove(id, from: parent) }
            if trust.isLocked(id) {
                try PluginLock.change(wiring.lockPath, orTrouble: { Failure($0) }) { lock throws(Failure) in
                    lock.plugins[id] = nil
                }
            }
            Terminal.print("plugin \"\(id)\" is removed from \(parent)")
        }
    }
}

/// What is about to be installed, as a person is asked about it.
private struct InstallOffer {
    let installation: PluginInstallation
    /// What is written into the lock file.
    let change: LockChange
    /// What is new to the operator: as against the lock, or else against what is installed.
    let shown: LockChange
    let isUpgrade: Bool
    let placement: PluginManifest.Placement
    let isFirst: Bool

    init(_ installation: PluginInstallation, _ trust: PluginTrust, _ wiring: Wiring) throws {
        self.installation = installation
        let candidate = installation.candidate
        change = LockChange(candidate, old: trust.entry(candidate.id))
        let installed = try? LockCandidate(reading: installation.folder, trust: trust)
        shown = LockChange(candidate, old: change.old ?? installed.map { LockChange($0, old: nil).entry })
        isUpgrade = shown.old != nil
        let catalog = try wiring.catalog(try wiring.existingStore(), trust: trust)
        placement = catalog.place(of: candidate.manifest, in: installation.folder)
        let other = catalog.folder(of: candidate.id)
        isFirst = other == nil || other == installation.folder
    }

    func ask(isAgreed: Bool) throws(Failure) {
        for line in lines { Terminal.say(line) }
        guard !isAgreed, !isUpgrade || shown.needsConsent else { return }
        switch Terminal.confirm("install it?") {
        case true?: return
        case false?:
            throw Failure("install.not_agreed", "nothing was installed", exit: .notAllowed)
        case nil:
            throw Failure(
                "install.not_agreed", "nothing was installed: there is nobody to ask, stdin is no terminal",
                hint: "`--yes` agrees to it", exit: .notAllowed)
        }
    }

    private var lines: [String] {
        let candidate = installation.candidate
        let summary = candidate.manifest.summary.isEmpty ? "" : ": \(candidate.manifest.summary.printable)"
        return [
            LockWriter.heading(shown) + summary, "  from      \(candidate.folder.printable)",
            "  to        \(installation.folder)", "  signer    \(signer)",
            "  runs      \(placement == .worker ? "in a worker process of its own" : "in the host's process")",
        ] + asked.map { "  " + $0 }
    }

    private var signer: String {
        if let signer = installation.candidate.signer { return signer.name }
        return "nobody who is trusted here"
            + (installation.candidate.strangeKey.map { " (the key is \($0.base64))" } ?? "")
    }

    private var asked: [String] {
        guard isUpgrade else {
            let sentences = installation.candidate.asked.sentences
            return sentences.isEmpty ? ["it asks for nothing but to be called"] : sentences.map { "it asks to \($0)" }
        }
        return shown.consents.isEmpty ? ["it asks for nothing new"] : shown.consents.map { "new: \($0)" }
    }

    func showResult(_ wiring: Wiring) {
        let candidate = installation.candidate
        if Terminal.output == .table {
            Terminal.print("plugin \"\(candidate.id)\" \(candidate.manifest.version.printable) is installed and locked")
        } else {
            Terminal.print(json: [
                "id": .string(candidate.id), "version": .string(candidate.manifest.version),
                "folder": .string(installation.folder), "integrity": .string(candidate.contents.hash),
                "signer": candidate.signer.map { .string($0.name) } ?? .null,
                "placement": .string(placement.rawValue),
                "capabilities": change.entry.capabilities.json,
            ])
        }
        if !isFirst {
            Terminal.say("warning: another plugin \"\(candidate.id)\" is found before it, and counts")
            Terminal.say("hint: `arcadia plugins show \(candidate.id)` says where")
        }
        if isUpgrade {
            Terminal.say(
                "hint: hosts that run go on with the build they have; `arcadia plugins reload`, or SIGHUP, has them take this one"
            )
        }
        guard !wiring.search.folders.contains(installation.parent) else { return }
        Terminal.say("hint: `--plugins \(installation.parent)`, or ARCADIA_PLUGIN_PATH, has it found there")
    }
}

/// What is installed: a folder, or an archive unpacked into one that nobody else sees.
private struct InstallSource {
    let folder: String
    private let temporary: String?

    /// More than that is no plugin.
    private static let byteLimit = 1 << 30

    init(_ path: String) throws(Failure) {
        let real = try PluginsCommand.real(path)
        guard !Wiring.isFolder(real) else {
            (folder, temporary) = (real, nil)
            return
        }
        guard real.hasSuffix(".tar.gz") || real.hasSuffix(".tgz") else {
            throw Failure("install.source", "\(path) is neither a folder nor a .tar.gz", exit: .usage)
        }
        let temporary = try ScratchFolder.make("arcadia-install", elsewhere: "TMPDIR")
        do throws(Failure) {
            folder = try Self.unpack(real, into: temporary)
        } catch {
            FileTree.remove(temporary)
            throw error
        }
        self.temporary = temporary
    }

    func clear() { if let temporary { FileTree.remove(temporary) } }

    /// By tar, which keeps names like `../x`, absolute ones and links to elsewhere within the folder; links are refused when
    /// the folder is read.
    private static func unpack(_ archive: String, into folder: String) throws(Failure) -> String {
        let script =
            "umask 022; gzip -dc -- \"$1\" | head -c \(byteLimit) | tar -x -C \"$2\" --no-same-owner --no-same-permissions"
        guard run(["/bin/sh", "-c", script, "sh", archive, folder]) == 0 else {
            throw Failure("install.archive", "\(archive) cannot be unpacked, or not whole", exit: .badData)
        }
        let names = FolderListing.names(in: folder)
        guard names.count == 1, access("\(folder)/\(names[0])/plugin.json", F_OK) == 0 else {
            throw Failure(
                "install.archive",
                "\(archive) does not hold one folder with a plugin.json in it; found \(names.count) entries",
                exit: .badData)
        }
        return folder + "/" + names[0]
    }

    /// Runs a program, its output on stderr.
    ///
    /// - Returns: its status, or -1.
    private static func run(_ words: [String]) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
        let arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, words[0], &actions, nil, arguments, environ) == 0 else { return -1 }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
