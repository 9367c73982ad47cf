internal import Glibc
internal import PluginHost
internal import SagaCore
internal import Storage

/// Which plugins are let in, as the operator configured it.
extension Wiring {
    /// What `--lock-file` names, else ARCADIA_LOCK_FILE, else the data folder's own.
    var lockPath: String { namedLockPath ?? dataPath + "/" + PluginLock.fileName }

    private var namedLockPath: String? {
        options.lockFile ?? environment["ARCADIA_LOCK_FILE"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Parameter mayMakeLock: a lock file that is named and not there is about to be made.
    func trust(mayMakeLock: Bool = false) throws(Failure) -> PluginTrust {
        let lock = try Self.reading { () throws(TrustFileProblem) in try PluginLock(path: lockPath) }
        if lock == nil, !mayMakeLock, let namedLockPath {
            throw Failure(
                "lock.no_file", "there is no lock file \(namedLockPath)", hint: "`arcadia plugins lock` makes it",
                exit: .unavailable)
        }
        let isFrozen = try isSet("ARCADIA_FROZEN")
        return PluginTrust(
            lock: lock, lockPath: lockPath, isFrozen: options.frozen || isFrozen, signers: try signers())
    }

    /// Where signers are named: the user's own file, then the data folder's, which counts where both name somebody.
    var signerFiles: [String] {
        [UserConfiguration.folder + "/" + Signers.fileName, dataPath + "/" + Signers.fileName]
    }

    private func signers() throws(Failure) -> Signers {
        var signers = Signers()
        for path in signerFiles {
            signers = signers.merging(
                try Self.reading { () throws(TrustFileProblem) in try Signers(path: path) })
        }
        if try isSet("ARCADIA_REQUIRE_SIGNATURE") { signers.isSignatureRequired = true }
        return signers
    }

    /// A variable that only tightens: a value that nobody can mean must not leave the door open.
    private func isSet(_ name: String) throws(Failure) -> Bool {
        switch environment[name] ?? "" {
        case "", "0": return false
        case "1": return true
        case let other:
            throw Failure("trust.variable", "\(name) is \"\(other)\"; expected 1, or nothing", exit: .usage)
        }
    }

    func disabled(_ store: SQLRunStore?) throws(Failure) -> [DisabledPlugin] {
        guard let store else { return [] }
        return try storing { () throws(StoreError) in try store.disabledPlugins() }
    }

    static func reading<Value>(_ body: () throws(TrustFileProblem) -> Value) throws(Failure) -> Value {
        do throws(TrustFileProblem) {
            return try body()
        } catch {
            throw Failure(error)
        }
    }
}

extension Failure {
    init(_ problem: TrustFileProblem) {
        self.init("trust.file", problem.message, hint: problem.hint, exit: .badData)
    }

    init(_ refusal: PluginRefusal) {
        self.init(refusal.code, refusal.message, hint: refusal.hint, exit: .badData)
    }
}
