internal import Glibc
internal import SagaCore

/// Brings plugins to life: copies what was looked at into the content store and loads it from there, in this process or in
/// a worker.
struct PluginLoader: Sendable {
    let store: ContentStore
    let configs: PluginConfigs
    /// What the operator grants, by plugin id; a plugin that is not there gets what its manifest asks for.
    let grants: [String: PluginGrant]
    let http: HTTPService?
    /// Where a crash while loading is noted; nil where nothing is loaded.
    let marks: CallMarkFile?
    let placement: PlacementPolicy
    let crashes: CrashCount
    let trust: PluginTrust

    /// Stands for every plugin in `grants.json`.
    static let allPlugins = "*"

    /// Loads a plugin as it lies in its folder, if it is still what was looked at.
    ///
    /// - Throws: `changing` where it is not.
    func load(_ bundle: PluginBundle) throws(PluginRefusal) -> LoadedImage {
        guard let manifest = bundle.manifest, let image = bundle.image else {
            throw PluginRefusal(.noManifest, path: bundle.folder)
        }
        let config = try configs.checked(manifest, folder: bundle.folder)
        let files = try PluginFiles(reading: bundle.folder, of: manifest)
        // Somebody may have put another file there since it was looked at: look again, at what is then loaded.
        let finding = try trust.finding(on: bundle, manifest, files)
        guard files.hash == image.hash else { throw PluginRefusal(.changing, path: bundle.folder) }
        let kept = try store.keep(files, of: manifest.id)
        if let granted = finding.granted?.json, store.note(Self.grants, of: image.hash) != granted {
            try store.write(granted, as: Self.grants, of: image.hash)
        }
        do throws(PluginRefusal.Fact) {
            return LoadedImage(try open(kept, manifest, image, config, origin: bundle.origin), kept: kept)
        } catch {
            remember(error, image)
            throw PluginRefusal(error, path: bundle.folder)
        }
    }

    /// Has a plugin loaded by a worker of its own that can plan and nothing else; nil: this host has no workers.
    ///
    /// Its end is not counted against the plugin: no run was in it.
    func loadToPlan(_ bundle: PluginBundle) throws(PluginRefusal) -> LoadedImage? {
        guard let program = placement.program else { return nil }
        guard let manifest = bundle.manifest, let image = bundle.image else {
            throw PluginRefusal(.noManifest, path: bundle.folder)
        }
        let config = try configs.checked(manifest, folder: bundle.folder)
        let files = try PluginFiles(reading: bundle.folder, of: manifest)
        _ = try trust.finding(on: bundle, manifest, files)
        guard files.hash == image.hash else { throw PluginRefusal(.changing, path: bundle.folder) }
        let kept = try store.keep(files, of: manifest.id)
        let settings = WorkerSettings(
            program: program, library: kept.folder + "/" + manifest.fileName, folder: bundle.origin,
            manifest: manifest, config: config, grant: grants[manifest.id], lock: marks?.lock, purpose: .plan)
        do throws(PluginRefusal.Fact) {
            let plugin = try WorkerPlugin(
                manifest: manifest, image: image, config: config, http: pluginHTTP(manifest, config),
                settings: settings, crashes: CrashCount([], limits: [:], writeDown: { _ in }))
            return LoadedImage(plugin, kept: kept)
        } catch {
            throw PluginRefusal(error, path: bundle.folder)
        }
    }

    /// Loads an image from the content store; nil: it is not there any more, or kept out.
    func load(_ image: PluginImage) throws(PluginRefusal) -> LoadedImage? {
        guard crashes.quarantine(of: image) == nil, let kept = try store.find(image),
            var manifest = ContentStore.manifest(kept.manifestPath), manifest.version == image.version
        else { return nil }
        if let granted = granted(image) { manifest = manifest.narrowed(to: granted) }
        let config = try configs.checked(manifest, folder: kept.folder)
        do throws(PluginRefusal.Fact) {
            return LoadedImage(try open(kept, manifest, image, config, origin: kept.folder), kept: kept)
        } catch {
            throw PluginRefusal(error, path: kept.folder)
        }
    }

    /// What an image says about itself, without loading it; nil: it is not there any more.
    func manifest(of image: PluginImage) -> PluginManifest? {
        (try? store.find(image)).flatMap { ContentStore.manifest($0.manifestPath) }
    }

    /// What the lock granted when the image was last loaded from its folder; nil: it was not locked.
    private func granted(_ image: PluginImage) -> CapabilitySet? {
        guard let note = store.note(Self.grants, of: image.hash) else { return nil }
        return (try? CapabilitySet(reading: ManifestReader(object: note.objectValue ?? [:], place: "")))
            ?? CapabilitySet()
    }

    func place(of manifest: PluginManifest, in folder: String) -> PluginManifest.Placement {
        let granted = grants[manifest.id]?.placement ?? grants[Self.allPlugins]?.placement
        return placement.placement(of: manifest, in: folder, granted: granted)
    }

    /// From here on the plugin's code runs: what it does to the process is noted against it.
    ///
    /// - Parameter origin: the folder it was found in, on which it depends whether it is trusted.
    private func open(
        _ kept: KeptFiles, _ manifest: PluginManifest, _ image: PluginImage, _ config: JSONValue, origin: String
    ) throws(PluginRefusal.Fact) -> any CallablePlugin {
        let http = pluginHTTP(manifest, config)
        let path = kept.folder + "/" + manifest.fileName
        if let program = placement.program, place(of: manifest, in: origin) == .worker {
            let settings = WorkerSettings(
                program: program, library: path, folder: origin, manifest: manifest, config: config,
                grant: grants[manifest.id], lock: marks?.lock)
            return try WorkerPlugin(
                manifest: manifest, image: image, config: config, http: http, settings: settings, crashes: crashes)
        }
        guard manifest.program == nil else { throw .workerNotStarted("this host has none") }
        let slot = marks?.enterLoading(image)
        defer { if let slot { marks?.leaveLoading(slot) } }
        return try LoadedPlugin(path: path, manifest: manifest, image: image, config: config, http: http)
    }

    /// The service as the plugin may use it; nil: it does not ask for it, or the operator does not grant it.
    func pluginHTTP(_ manifest: PluginManifest, _ config: JSONValue) -> PluginHTTP? {
        let service = PluginCapabilities.httpService
        let grant = grants[manifest.id]
        guard let http, manifest.capabilities.services.contains(service), grant?.allows(service: service) ?? true else {
            return nil
        }
        return PluginHTTP(
            service: http, manifest.capabilities, config: config, given: configs.given(manifest), grant: grant)
    }

    // MARK: - Refusals that only loading shows

    private func remember(_ fact: PluginRefusal.Fact, _ image: PluginImage) {
        // A config can be mended without touching the plugin: such a refusal is found anew each time.
        switch fact {
        case .config, .createFailed, .workerNotStarted, .workerEnded, .workerSilent, .quarantined: return
        case .remembered(let code, _) where code == "plugin.create_failed": return
        default: break
        }
        let refusal = PluginRefusal(fact, path: "")
        let note: JSONValue = ["code": .string(refusal.code), "reason": .string(refusal.reason)]
        try? store.write(note, as: Self.note, of: image.hash)
    }

    /// Why the same build was refused when it was last loaded; nil: it was not.
    func remembered(_ image: PluginImage) -> PluginRefusal.Fact? {
        guard let note = store.note(Self.note, of: image.hash), let code = note["code"]?.stringValue,
            let reason = note["reason"]?.stringValue
        else { return nil }
        return .remembered(code: code, reason: reason)
    }

    private static let note = "refused.json"
    private static let grants = "granted.json"
}
