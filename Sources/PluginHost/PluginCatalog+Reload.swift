internal import Glibc
internal import SagaCore

/// What became of the plugins when their folders were read anew.
public struct PluginReload: Sendable {
    /// What became of one.
    public enum Outcome: String, Sendable {
        case added, replaced, gone
        /// What lies in its folder is not let in.
        case refused
    }

    public struct Change: Sendable {
        public let id: String
        public let outcome: Outcome
        public let folder: String
        /// In use until now; where the new one is refused, from now on, too. Nil: there was none.
        public let old: Build?
        public let new: Build?
        public let refusal: PluginRefusal?
    }

    /// A plugin's version and what it is made of, as far as they are known.
    public struct Build: Sendable, Hashable {
        public let version: String?
        public let hash: String?
    }

    /// In the order of their ids.
    public let changes: [Change]
    /// How many are as they were.
    public let unchanged: Int
}

extension PluginCatalog {
    /// Reads the plugin folders anew. Calls and runs under way keep the image they began with.
    ///
    /// A build that cannot be let in takes nothing away: what was in use stays in use.
    ///
    /// - Parameter id: of the only plugin to read anew; nil: all of them.
    public func reload(_ id: String? = nil) -> PluginReload {
        reloading.withLock { _ in
            var pass = ReloadPass(catalog: self, only: id)
            return pass.run()
        }
    }

    /// Whether there is a plugin of this id, in use or in a folder.
    public func knows(_ id: String) -> Bool {
        ids.contains(id) || Self.find(in: search, beside: []).contains { $0.id == id }
    }

    /// Lets go of images that are not installed and that nobody called for so long: of their workers, and of the files of
    /// those that stay mapped.
    func dismissIdle(after patience: Duration) {
        // A worker ends with the last who holds it: not under the lock.
        var idle: [LoadedImage] = []
        contents.withLock { contents in
            for (hash, other) in contents.others where other.isIdle(for: patience) {
                other.letGoOfFiles()
                guard other.canGo else { continue }
                idle.append(other)
                contents.others[hash] = nil
            }
        }
    }
}

/// One reading of the folders.
private struct ReloadPass {
    let catalog: PluginCatalog
    /// Nil: every plugin.
    let only: String?
    private var changes: [PluginReload.Change] = []
    private var unchanged = 0

    init(catalog: PluginCatalog, only: String?) {
        self.catalog = catalog
        self.only = only
    }

    /// What is in use now under an id.
    private struct Current {
        let bundle: PluginBundle
        let loaded: LoadedImage?
        var build: PluginReload.Build { bundle.build }
        var isUsable: Bool { bundle.refusal == nil }
    }

    mutating func run() -> PluginReload {
        catalog.trust.readLock()
        let before = catalog.contents.withLock { $0 }
        let builtIn = before.bundles.filter(\.isBuiltIn)
        var bundles = PluginCatalog.find(in: catalog.search, beside: builtIn)
        if let only { bundles = Self.merge(bundles, into: before.bundles, only: only) }
        var seen: Set<String> = []
        for index in bundles.indices where !bundles[index].isBuiltIn {
            let id = bundles[index].id
            guard only == nil || id == only, seen.insert(id).inserted else { continue }
            take(&bundles[index], instead: Self.current(id, before))
        }
        keepUnreadable(&bundles, before, &seen)
        forgetGone(before, seen)
        catalog.contents.withLock { contents in
            contents.bundles = bundles
            contents.manifests = [:]
        }
        return PluginReload(changes: changes.sorted { $0.id < $1.id }, unchanged: unchanged)
    }

    /// Those of one id as they lie there now, all others as they are.
    private static func merge(_ found: [PluginBundle], into known: [PluginBundle], only id: String) -> [PluginBundle] {
        let others = known.filter { $0.id != id }
        let own = found.filter { $0.id == id }
        return others.filter { !$0.isBuiltIn } + own + others.filter(\.isBuiltIn)
    }

    private static func current(_ id: String, _ contents: PluginCatalog.Contents) -> Current? {
        guard let index = contents.index(of: id), !contents.bundles[index].isBuiltIn else { return nil }
        return Current(bundle: contents.bundles[index], loaded: contents.installed[id])
    }

    private mutating func take(_ bundle: inout PluginBundle, instead current: Current?) {
        catalog.admission.inspect(&bundle)
        guard let current else {
            return note(bundle.refusal == nil ? .added : .refused, bundle, instead: nil)
        }
        guard bundle.refusal == nil else { return refuse(&bundle, instead: current) }
        let isKnown = current.bundle.image != nil
        guard isKnown ? bundle.image != current.bundle.image : bundle.manifestHash != current.bundle.manifestHash else {
            catalog.contents.withLock { $0.rejected[bundle.id] = nil }
            unchanged += 1
            return
        }
        // Nobody has looked at the old one yet: nothing is lost, whatever the new one is.
        guard isKnown else { return note(.replaced, bundle, instead: current) }
        replace(current, by: &bundle)
    }

    /// Loads the new one before it takes the old one's place: what only loading shows must not be found by a run.
    private mutating func replace(_ current: Current, by bundle: inout PluginBundle) {
        do throws(PluginRefusal) {
            let loaded = try catalog.load(&bundle)
            let id = bundle.id
            catalog.contents.withLock { contents in
                if let old = contents.installed[id] {
                    // A call may have been there first.
                    guard old.image != loaded.image else { return }
                    _ = old.used()
                    contents.others[old.image.hash] = old
                }
                contents.installed[id] = loaded
                contents.others[loaded.image.hash] = nil
                contents.rejected[id] = nil
            }
            note(.replaced, bundle, instead: current)
        } catch {
            bundle.refusal = error
            refuse(&bundle, instead: current)
        }
    }

    /// The one in use stays, if it can: then it is read from its copy in the store from now on.
    private mutating func refuse(_ bundle: inout PluginBundle, instead current: Current) {
        note(.refused, bundle, instead: current.isUsable ? current : nil)
        guard current.isUsable, var kept = kept(current) else {
            return catalog.contents.withLock { $0.installed[bundle.id] = nil }
        }
        kept.origin = current.bundle.origin
        let rejected = bundle
        catalog.contents.withLock { $0.rejected[rejected.id] = rejected }
        bundle = kept
    }

    private func kept(_ current: Current) -> PluginBundle? {
        guard let image = current.bundle.image else { return nil }
        guard let loaded = try? current.loaded ?? catalog.loader.load(image) else { return nil }
        catalog.contents.withLock { $0.installed[image.plugin] = loaded }
        var bundle = PluginBundle(reading: loaded.folder)
        bundle.isKept = true
        catalog.admission.inspect(&bundle)
        return bundle.image == image && bundle.refusal == nil ? bundle : nil
    }

    /// A folder that is there and has no manifest is being written, or broken; only one that is away is gone.
    private mutating func keepUnreadable(
        _ bundles: inout [PluginBundle], _ before: PluginCatalog.Contents, _ seen: inout Set<String>
    ) {
        for known in before.bundles where !known.isBuiltIn && (only == nil || known.id == only) {
            guard !seen.contains(known.id), access(known.origin, F_OK) == 0,
                let current = Self.current(known.id, before)
            else { continue }
            seen.insert(known.id)
            var bundle = PluginBundle(reading: known.origin)
            bundle.refusal = bundle.refusal ?? PluginRefusal(.changing, path: known.origin)
            refuse(&bundle, instead: current)
            bundles.insert(bundle, at: 0)
        }
    }

    private mutating func forgetGone(_ before: PluginCatalog.Contents, _ seen: Set<String>) {
        for known in before.bundles where !known.isBuiltIn && (only == nil || known.id == only) {
            guard !seen.contains(known.id), !changes.contains(where: { $0.id == known.id }) else { continue }
            catalog.contents.withLock { contents in
                if let old = contents.installed.removeValue(forKey: known.id) {
                    _ = old.used()
                    contents.others[old.image.hash] = old
                }
                contents.rejected[known.id] = nil
            }
            changes.append(
                PluginReload.Change(
                    id: known.id, outcome: .gone, folder: known.origin, old: known.build, new: nil, refusal: nil))
        }
    }

    private mutating func note(_ outcome: PluginReload.Outcome, _ bundle: PluginBundle, instead current: Current?) {
        changes.append(
            PluginReload.Change(
                id: bundle.id, outcome: outcome, folder: bundle.origin, old: current?.build, new: bundle.build,
                refusal: bundle.refusal))
    }
}

extension PluginBundle {
    fileprivate var build: PluginReload.Build { PluginReload.Build(version: manifest?.version, hash: image?.hash) }
}
