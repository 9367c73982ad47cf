internal import PluginHost
internal import SagaCore

/// Changes to the lock file, agreed to by a person, or by `--yes` in a script.
struct LockWriter {
    let path: String
    /// Whoever types it agrees to everything that is asked.
    let isAgreed: Bool

    /// Shows what is new in what plugins ask for, and has somebody agree to it.
    func askFor(_ changes: [LockChange]) throws(Failure) {
        for change in changes where change.needsConsent && !isAgreed {
            Terminal.say(Self.heading(change))
            for sentence in change.consents { Terminal.say("  " + sentence) }
            switch Terminal.confirm("lock \(change.candidate.id) with that?") {
            case true?: continue
            case false?: throw Self.refused(change, "and you did not agree", hint: nil)
            case nil:
                throw Self.refused(
                    change, "and there is nobody to ask: stdin is no terminal",
                    hint: "`--yes` agrees to all that is new")
            }
        }
    }

    /// eg: "mail 1.1.0 → 1.2.0"
    static func heading(_ change: LockChange) -> String {
        let version = change.candidate.manifest.version.printable
        guard let old = change.old, old.version != version else { return "\(change.candidate.id) \(version)" }
        return "\(change.candidate.id) \(old.version.printable) → \(version)"
    }

    private static func refused(_ change: LockChange, _ why: String, hint: String?) -> Failure {
        let what =
            change.isNew.isEmpty
            ? "plugin \"\(change.candidate.id)\" is not signed by whom it was"
            : "plugin \"\(change.candidate.id)\" asks for more than was granted"
        return Failure("lock.not_agreed", "\(what), \(why); nothing was changed", hint: hint, exit: .notAllowed)
    }

    /// Writes them, if the file still says what it said when they were looked at.
    func write(_ changes: [LockChange]) throws(Failure) {
        try PluginLock.change(path, orTrouble: { Failure($0) }) { lock throws(Failure) in
            for change in changes {
                guard lock.plugins[change.candidate.id] == change.old else { throw changedMeanwhile }
                lock.plugins[change.candidate.id] = change.entry
            }
        }
    }

    private var changedMeanwhile: Failure {
        Failure(
            "lock.changed", "somebody else changed \(path) meanwhile; nothing was changed", hint: "do it again",
            exit: .unavailable)
    }
}
