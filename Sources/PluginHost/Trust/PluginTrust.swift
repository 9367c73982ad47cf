internal import SagaCore

/// What the operator lets in: locked builds, signatures. Looked at before a line of a plugin runs, and again when it is
/// loaded.
package final class PluginTrust: Sendable {
    let lockPath: String
    /// Only what is locked is let in.
    let isFrozen: Bool
    let signers: Signers

    private enum Lock {
        case none
        case lock(PluginLock)
        /// It could be read at the start, and cannot be read now: nobody new is let in.
        case unreadable(TrustFileProblem)
    }

    private let lock: Monitor<Lock>

    /// - Parameter lock: nil: there is no lock file.
    package init(lock: PluginLock?, lockPath: String, isFrozen: Bool, signers: Signers) {
        self.lock = Monitor(lock.map(Lock.lock) ?? .none)
        self.lockPath = lockPath
        self.isFrozen = isFrozen
        self.signers = signers
    }

    /// Everything is let in that its owner and mode let in: for those who load nothing that they did not build.
    package static let everything = PluginTrust(lock: nil, lockPath: "", isFrozen: false, signers: Signers())

    /// Reads the lock file anew, as plugin folders are read anew: what lies there now was locked by whoever put it there.
    /// Everything else is as it was at the start.
    func readLock() {
        guard !lockPath.isEmpty else { return }
        let read: Lock
        do throws(TrustFileProblem) {
            read = try PluginLock(path: lockPath).map(Lock.lock) ?? .none
        } catch {
            read = .unreadable(error)
        }
        lock.withLock { $0 = read }
    }

    package func entry(_ id: String) -> PluginLock.Entry? {
        if case .lock(let lock) = lock.withLock({ $0 }) { lock.plugins[id] } else { nil }
    }

    package func isLocked(_ id: String) -> Bool { entry(id) != nil }

    /// What was found about a plugin's folder.
    struct Finding {
        /// Nil: nobody asked what lies there.
        var contents: FolderContents?
        var signer: Signer?
        /// It is signed, well, with a key that nobody named.
        var strangeKey: PublicKey?
        /// What it is let do; nil: what it asks for.
        var granted: CapabilitySet?
    }

    /// Looks at a plugin that lies there.
    ///
    /// - Parameter files: what is to be loaded of it: what was verified must be the same.
    func finding(
        on bundle: PluginBundle, _ manifest: PluginManifest, _ files: PluginFiles
    ) throws(PluginRefusal) -> Finding {
        do throws(PluginRefusal.Fact) {
            try checkLock(names: manifest.id, isKept: bundle.isKept)
            let entry = entry(manifest.id)
            guard !bundle.isKept else { return Finding(granted: entry?.capabilities) }
            guard entry != nil || signers.isSignatureRequired || Self.isSigned(bundle.folder) else { return Finding() }
        } catch {
            throw PluginRefusal(error, path: bundle.folder)
        }
        return try finding(on: try FolderContents(reading: bundle.folder), bundle.folder, manifest, files)
    }

    private func finding(
        on contents: FolderContents, _ folder: String, _ manifest: PluginManifest, _ files: PluginFiles
    ) throws(PluginRefusal) -> Finding {
        do throws(PluginRefusal.Fact) {
            let entry = entry(manifest.id)
            if let entry { try Self.check(contents, manifest, against: entry) }
            guard files.files.allSatisfy({ contents.files[$0.path] == $0.bytes.contentHash }) else { throw .changing }
            var finding = try finding(on: contents, manifest)
            guard let entry else { return finding }
            guard entry.signer == nil || entry.signer?.key == finding.signer?.key else {
                throw .modified([.signer(locked: entry.signer, found: finding.signer)])
            }
            finding.granted = entry.capabilities
            return finding
        } catch {
            throw PluginRefusal(error, path: folder)
        }
    }

    private func checkLock(names id: String, isKept: Bool) throws(PluginRefusal.Fact) {
        switch lock.withLock({ $0 }) {
        case .unreadable(let problem) where !isKept: throw .lockUnreadable(problem.message)
        case .none where isFrozen: throw .noLockFile(lockPath)
        case .lock(let lock) where isFrozen && lock.plugins[id] == nil: throw .notLocked(lockPath)
        default: return
        }
    }

    /// Of a plugin that is refused: whether that is because it is not what was locked; nil: it is
    /// not locked, or cannot be read.
    func modification(of bundle: PluginBundle) -> PluginRefusal? {
        if case .duplicateID = bundle.refusal?.fact { return nil }
        if case .modified = bundle.refusal?.fact { return nil }
        guard !bundle.isKept else { return nil }
        guard let build = entry(bundle.id)?.platforms[PluginLock.platform],
            let contents = try? FolderContents(reading: bundle.folder)
        else { return nil }
        let differences = LockDifference.between(build.files, contents.files)
        return differences.isEmpty ? nil : PluginRefusal(.modified(differences), path: bundle.folder)
    }

    /// Who signed it, and whether that is enough. The lock has no say in it.
    func finding(
        on contents: FolderContents, _ manifest: PluginManifest
    ) throws(PluginRefusal.Fact) -> Finding {
        var finding = Finding(contents: contents)
        if let bytes = contents.signature {
            guard let signature = PluginSignature(parsing: bytes) else { throw .signatureUnreadable }
            let message = PluginSignature.message(id: manifest.id, version: manifest.version, hash: contents.hash)
            let signer = signers.signer(of: signature.key)
            guard signature.key.accepts(signature.bytes, of: message) else {
                throw .signatureWrong(of: signer?.name)
            }
            (finding.signer, finding.strangeKey) = (signer, signer == nil ? signature.key : nil)
        }
        guard signers.isSignatureRequired, finding.signer == nil else { return finding }
        throw finding.strangeKey.map { .signerUnknown(key: $0.base64) } ?? .unsigned
    }

    private static func check(
        _ contents: FolderContents, _ manifest: PluginManifest, against entry: PluginLock.Entry
    ) throws(PluginRefusal.Fact) {
        guard let differences = entry.differences(from: manifest, contents) else {
            throw .lockedElsewhere(entry.platforms.keys.sorted(), here: PluginLock.platform)
        }
        guard differences.isEmpty else { throw .modified(differences) }
    }

    private static func isSigned(_ folder: String) -> Bool {
        FileTrust.isThere(folder + "/" + FolderContents.signatureName)
    }
}

/// How a plugin's folder is not what was locked.
public enum LockDifference: Sendable, Hashable {
    case version(locked: String, found: String)
    case changed(String)
    case added(String)
    case gone(String)
    case signer(locked: String?, found: String?)

    static func signer(locked: Signer?, found: Signer?) -> LockDifference {
        .signer(locked: locked?.name, found: found?.name)
    }

    /// By name; what differs first, then what is new, then what is gone.
    static func between(_ locked: [String: String], _ found: [String: String]) -> [LockDifference] {
        let changed = locked.keys.filter { found[$0] != nil && found[$0] != locked[$0] }.sorted()
        let added = found.keys.filter { locked[$0] == nil }.sorted()
        let gone = locked.keys.filter { found[$0] == nil }.sorted()
        return changed.map(LockDifference.changed) + added.map(LockDifference.added) + gone.map(LockDifference.gone)
    }
}

extension [LockDifference] {
    /// A clause after "it is not what was locked: ". Of many files, the first three.
    var words: String {
        var clauses: [String] = []
        for case .version(let locked, let found) in self {
            clauses.append("version \(locked) was locked and this is \(found)")
        }
        clauses += [
            Self.files(compactMap { if case .changed(let name) = $0 { name } else { nil } }, "differs", "differ"),
            Self.files(compactMap { if case .added(let name) = $0 { name } else { nil } }, "is new", "are new"),
            Self.files(compactMap { if case .gone(let name) = $0 { name } else { nil } }, "is gone", "are gone"),
        ].compactMap { $0 }
        for case .signer(let locked, let found) in self {
            let now = found.map { "it is signed by \"\($0)\"" } ?? "it is signed by nobody who is trusted here"
            clauses.append("\(locked.map { "\"\($0)\"" } ?? "nobody") had signed it, and now \(now)")
        }
        return clauses.joined(separator: "; ")
    }

    private static func files(_ names: [String], _ one: String, _ many: String) -> String? {
        switch names.count {
        case 0: nil
        case 1: "\(names[0].printable) \(one)"
        case 2, 3:
            "\(names.dropLast().map(\.printable).joined(separator: ", ")) and \(names[names.count - 1].printable) \(many)"
        default: "\(names.prefix(3).map(\.printable).joined(separator: ", ")) and \(names.count - 3) more \(many)"
        }
    }
}

extension String {
    /// What a stranger wrote, as it may stand on a terminal: nothing in it moves the cursor or turns the text around.
    package var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }
}
