internal import ArgumentParser
internal import PluginHost
internal import SagaCore

extension PluginsCommand {
    /// `arcadia plugins lock [ID …]`
    struct Lock: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lock plugins as they lie there: another build of them is not let in.",
            discussion: """
                Writes plugins.lock.json in the data folder, or what --lock-file names: of each
                plugin the version, a hash over all its files, who signed it, and what it is
                granted. A plugin in it that is changed afterwards, by whomever, is `modified`
                and nothing of it runs, until it is locked again. One that asks for more than
                it was granted then, or that somebody else signed, is locked only if you agree.

                EXAMPLES
                  arcadia plugins lock                       all that are there
                  arcadia plugins lock mail
                  arcadia plugins lock mail --yes            agrees to what is new
                  arcadia plugins lock --check               changes nothing, for CI
                  arcadia serve --frozen                     only what is locked

                Exits with 0; --check with 1 where anything differs; 77 where nobody agreed.
                """)

        @Argument(help: ArgumentHelp("Plugins' ids; all that are there, if none is named.", valueName: "id"))
        var ids: [String] = []

        @Flag(help: "Change nothing; say what differs, and exit with 1 if anything does.")
        var check = false

        @Flag(help: "Agree to what plugins newly ask for, without a question.")
        var yes = false

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(here: options)
            let candidates = try candidates(wiring)
            let old = try Wiring.reading { () throws(TrustFileProblem) in try PluginLock(path: wiring.lockPath) }
            guard !check else { return try LockCheck(candidates, old ?? PluginLock(), isWhole: ids.isEmpty).report() }
            let changes = try changes(candidates, old ?? PluginLock())
            let writer = LockWriter(path: wiring.lockPath, isAgreed: yes)
            try writer.askFor(changes)
            if wiring.options.lockFile == nil { _ = try wiring.dataFolder() }
            try writer.write(changes)
            show(changes, wiring.lockPath)
            for id in old?.plugins.keys.sorted() ?? [] where !candidates.contains(where: { $0.id == id }) && ids.isEmpty
            {
                Terminal.say("warning: \"\(id)\" is locked, and there is no such plugin")
                Terminal.say("hint: `arcadia plugins unlock \(id)` takes it out of the lock file")
            }
        }

        private typealias Candidate = (id: String, candidate: Result<LockCandidate, PluginRefusal>)

        private func candidates(_ wiring: Wiring) throws(Failure) -> [Candidate] {
            let trust = try wiring.trust(mayMakeLock: true)
            let all = try wiring.catalog(try wiring.existingStore(), trust: trust).lockCandidates()
            guard !ids.isEmpty else { return all }
            return try ids.map { id throws(Failure) in
                guard let found = all.first(where: { $0.id == id }) else {
                    throw PluginsCommand.unknown(id, known: all.map(\.id))
                }
                return found
            }
        }

        /// A plugin that is not fit to be locked is left out with a word; one that was named is a failure.
        private func changes(_ candidates: [Candidate], _ lock: PluginLock) throws(Failure) -> [LockChange] {
            var changes: [LockChange] = []
            for (id, result) in candidates {
                switch result {
                case .success(let candidate): changes.append(LockChange(candidate, old: lock.plugins[id]))
                case .failure(let refusal):
                    guard ids.isEmpty else { throw Failure(refusal) }
                    Terminal.say("warning: \"\(id)\" is not locked: \(refusal.message)")
                }
            }
            return changes
        }

        private func show(_ changes: [LockChange], _ path: String) {
            let list: JSONValue = ["lock_file": .string(path), "plugins": .array(changes.map(Self.json))]
            Terminal.print(list, rows: "plugins") { _ in
                guard !changes.isEmpty else { return Terminal.say("no plugins") }
                var table = TextTable("PLUGIN", "VERSION", "SIGNER", "LOCK")
                for change in changes {
                    table.add(
                        change.candidate.id, change.candidate.manifest.version.printable,
                        change.candidate.signer?.name ?? "-", Self.word(change))
                }
                table.print()
                for change in changes where change.kind != .same {
                    Self.showChangedFiles(change)
                    Self.showGrants(change)
                }
                Terminal.print("in \(path)")
            }
        }

        private static func word(_ change: LockChange) -> String {
            switch change.kind {
            case .new: "new"
            case .same: "as it was"
            case .platform: "new for \(PluginLock.platform)"
            case .renewed:
                change.old?.version == change.candidate.manifest.version
                    ? "changed" : "was \(change.old?.version.printable ?? "-")"
            }
        }

        /// Of another build under the same version: nobody expects one there.
        private static func showChangedFiles(_ change: LockChange) {
            guard change.kind == .renewed, change.old?.version == change.candidate.manifest.version else { return }
            let refusal = PluginRefusal(.modified(change.differences), path: change.candidate.folder)
            Terminal.print(sentence: "\(change.candidate.id) is locked anew: \(refusal.reason)")
        }

        private static func showGrants(_ change: LockChange) {
            for sentence in change.entry.capabilities.sentences {
                Terminal.print(sentence: "\(change.candidate.id) may \(sentence)")
            }
        }

        private static func json(_ change: LockChange) -> JSONValue {
            let build = change.entry.platforms[PluginLock.platform]
            return [
                "id": .string(change.candidate.id), "version": .string(change.entry.version),
                "platform": .string(PluginLock.platform), "integrity": .string(build?.hash ?? ""),
                "signer": change.candidate.signer.map { .string($0.name) } ?? .null,
                "change": .string(change.kind.rawValue),
                "new": .array(change.isNew.sentences.map(JSONValue.string)),
                "capabilities": change.entry.capabilities.json,
            ]
        }
    }

    /// `arcadia plugins unlock ID …`
    struct Unlock: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take plugins out of the lock file: any build of them is let in again.",
            discussion: "EXAMPLE\n  arcadia plugins unlock mail")

        @Argument(help: ArgumentHelp("Plugins' ids.", valueName: "id"))
        var ids: [String]

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(here: options)
            let ids = ids
            let path = wiring.lockPath
            _ = try wiring.trust()
            try PluginLock.change(path, orTrouble: { Failure($0) }) { lock throws(Failure) in
                for id in ids where lock.plugins.removeValue(forKey: id) == nil {
                    throw Failure(
                        "lock.not_locked", "\(path) does not name \"\(id)\"",
                        hint: closest(to: id, among: Array(lock.plugins.keys)).map { "did you mean \"\($0)\"?" },
                        exit: .unavailable)
                }
            }
            for id in ids { Terminal.print("plugin \"\(id)\" is no longer locked") }
        }
    }

    static func unknown(_ id: String, known: [String]) -> Failure {
        Failure(
            "plugin.unknown", "there is no plugin \"\(id)\"",
            hint: closest(to: id, among: known).map { "did you mean \"\($0)\"?" }
                ?? "`arcadia plugins list` shows what there is", exit: .unavailable)
    }
}

/// What the lock file says, held against what lies there.
private struct LockCheck {
    private var findings: [(id: String, message: String)] = []

    /// - Parameter isWhole: all plugins are looked at, so that one which is locked has to be among them.
    init(
        _ candidates: [(id: String, candidate: Result<LockCandidate, PluginRefusal>)], _ lock: PluginLock, isWhole: Bool
    ) {
        for (id, result) in candidates {
            switch result {
            case .failure(let refusal): findings.append((id, refusal.message))
            case .success(let candidate):
                let change = LockChange(candidate, old: lock.plugins[id])
                if let message = Self.message(change) { findings.append((id, message)) }
            }
        }
        for id in lock.plugins.keys.sorted() where isWhole && !candidates.contains(where: { $0.id == id }) {
            findings.append((id, "it is locked, and there is no such plugin"))
        }
    }

    private static func message(_ change: LockChange) -> String? {
        switch change.kind {
        case .same: nil
        case .new: "it is not locked"
        case .platform: "it is not locked for \(PluginLock.platform)"
        case .renewed: PluginRefusal(.modified(change.differences), path: "").reason
        }
    }

    func report() throws {
        let rows = findings.map { ["id": .string($0.id), "message": .string($0.message)] as JSONValue }
        Terminal.print(["differences": .array(rows)], rows: "differences") { _ in
            for finding in findings { Terminal.print(sentence: "\(finding.id): \(finding.message)") }
            if findings.isEmpty { Terminal.print("everything is as it was locked") }
        }
        if !findings.isEmpty { throw ExitCode(1) }
    }
}
