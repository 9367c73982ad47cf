import ArcadiaTesting
import Foundation
import PluginHost
import SagaCore

/// A copy of the plugin `marked`, to be tampered with, and catalogs that look at it.
struct MarkedPlugin {
    let place = TemporaryFolder()
    var plugins: String { place.path + "/plugins" }
    var folder: String { plugins + "/marked" }

    init(_ version: String = "1.0.0") { put(version) }

    /// Puts that version in the place of what is there.
    func put(_ version: String) {
        try? FileManager.default.removeItem(atPath: plugins)
        try! FileManager.default.createDirectory(atPath: plugins, withIntermediateDirectories: true)
        try! FileManager.default.copyItem(atPath: BuiltPlugins.marked + "/" + version + "/marked", toPath: folder)
    }

    func append(_ text: String, to name: String) {
        let file = FileHandle(forUpdatingAtPath: folder + "/" + name)!
        file.seekToEndOfFile()
        file.write(Data(text.utf8))
        try! file.close()
    }

    func write(_ text: String, to name: String) { _ = place.file("plugins/marked/" + name, text) }
    func remove(_ name: String) { try! FileManager.default.removeItem(atPath: folder + "/" + name) }

    func trust(_ lock: PluginLock? = nil, isFrozen: Bool = false, signers: [Signer] = [], isRequired: Bool = false)
        -> PluginTrust
    {
        var known = Signers()
        (known.signers, known.isSignatureRequired) = (signers, isRequired)
        return PluginTrust(lock: lock, lockPath: "plugins.lock.json", isFrozen: isFrozen, signers: known)
    }

    /// As it would be locked now.
    func lock(signers: [Signer] = []) throws -> PluginLock {
        let change = LockChange(try LockCandidate(reading: folder, trust: trust(signers: signers)), old: nil)
        return PluginLock(["marked": change.entry])
    }

    func catalog(_ trust: PluginTrust, disabled: [DisabledPlugin] = []) -> PluginCatalog {
        PluginCatalog(
            search: PluginSearch(given: [plugins], environment: [:], executable: nil), dataFolder: place.path,
            trust: trust, disabled: disabled)
    }

    func entry(_ trust: PluginTrust) -> PluginCatalog.Entry {
        catalog(trust).entries().first { $0.id == "marked" }!
    }

    /// "refused: plugin.unsigned: only …", or "loaded".
    func word(_ trust: PluginTrust) -> String {
        let entry = entry(trust)
        guard let refusal = entry.refusal else { return entry.state.rawValue }
        return "\(entry.state.rawValue): \(refusal.code): \(refusal.reason)"
    }
}
