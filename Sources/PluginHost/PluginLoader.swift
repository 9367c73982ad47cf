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

    /// Stands for every plugin in `grants.json`.
    static let allPlugins = "*"

    /// Loads a plugin as it lies in its folder.
    func load(_ bundle: PluginBundle) throws(PluginRefusal) -> any CallablePlugin {
        guard let manifest = bundle.manifest, let image = bundle.image else {
            throw PluginRefusal(.noManifest, path: bundle.folder)
        }
        let config = try configs.checked(manifest, folder: bundle.folder)
        let library = bundle.folder + "/" + manifest.fileName
        let bytes = try FileTrust.read(library)
        // Between the inspection and now somebody may have put another file there: look again.
        try PluginAdmission.checkELF(bytes, of: manifest, path: library)
        let now = PluginImage(plugin: image.plugin, version: image.version, hash: bytes.contentHash)
        let path = try store.put(bytes, hash: now.hash, file: manifest.fileName)
        _ = try store.put(
            Array(manifest.source.text.utf8), hash: now.hash, file: ContentStore.manifestName(manifest.version))
        do throws(PluginRefusal.Fact) {
            return try open(path, manifest, now, config, folder: bundle.folder)
        } catch {
            remember(error, now, manifestHash: bundle.manifestHash)
            throw PluginRefusal(error, path: bundle.folder)
        }
    }

    /// Loads an image from the content store; nil: it is not there any more.
    func load(_ image: PluginImage) throws(PluginRefusal) -> (any CallablePlugin)? {
        let manifestPath = store.path(image.hash, file: ContentStore.manifestName(image.version))
        guard crashes.quarantine(of: image) == nil, access(manifestPath, R_OK) == 0,
            let manifest = try? PluginManifest(parsing: String(decoding: FileTrust.read(manifestPath), as: UTF8.self))
        else { return nil }
        let path = store.path(image.hash, file: manifest.fileName)
        guard access(path, R_OK) == 0, try FileTrust.read(path).contentHash == image.hash else { return nil }
        let config = try configs.checked(manifest, folder: path)
        do throws(PluginRefusal.Fact) {
            return try open(path, manifest, image, config, folder: path)
        } catch {
            throw PluginRefusal(error, path: path)
        }
    }

    func place(of manifest: PluginManifest, in folder: String) -> PluginManifest.Placement {
        let granted = grants[manifest.id]?.placement ?? grants[Self.allPlugins]?.placement
        return placement.placement(of: manifest, in: folder, granted: granted)
    }

    /// From here on the plugin's code runs: what it does to the process is noted against it.
    private func open(
        _ path: String, _ manifest: PluginManifest, _ image: PluginImage, _ config: JSONValue, folder: String
    ) throws(PluginRefusal.Fact) -> any CallablePlugin {
        let http = pluginHTTP(manifest, config)
        if let program = placement.program, place(of: manifest, in: folder) == .worker {
            let settings = WorkerSettings(
                program: program, library: path, folder: folder, manifest: manifest, config: config,
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
    private func pluginHTTP(_ manifest: PluginManifest, _ config: JSONValue) -> PluginHTTP? {
        let service = PluginCapabilities.httpService
        let grant = grants[manifest.id]
        guard let http, manifest.capabilities.services.contains(service), grant?.allows(service: service) ?? true else {
            return nil
        }
        return PluginHTTP(
            service: http, manifest.capabilities, config: config, given: configs.given(manifest), grant: grant)
    }

    // MARK: - Refusals that only loading shows

    private func remember(_ fact: PluginRefusal.Fact, _ image: PluginImage, manifestHash: String?) {
        // A config can be mended without touching the plugin: such a refusal is found anew each time.
        switch fact {
        case .config, .createFailed, .workerNotStarted, .workerEnded, .workerSilent, .quarantined: return
        case .remembered(let code, _) where code == "plugin.create_failed": return
        default: break
        }
        let refusal = PluginRefusal(fact, path: "")
        let note: JSONValue = [
            "manifest": .string(manifestHash ?? ""), "code": .string(refusal.code), "reason": .string(refusal.reason),
        ]
        _ = try? store.put(Array(note.text.utf8), hash: image.hash, file: Self.noteName(manifestHash))
    }

    /// Why the same build with the same manifest was refused when it was last loaded; nil: it was not.
    func remembered(_ image: PluginImage, manifestHash: String) -> PluginRefusal.Fact? {
        let path = store.path(image.hash, file: Self.noteName(manifestHash))
        guard access(path, R_OK) == 0, let bytes = try? FileTrust.read(path),
            let note = try? JSONValue(parsing: String(decoding: bytes, as: UTF8.self)),
            let code = note["code"]?.stringValue, let reason = note["reason"]?.stringValue
        else { return nil }
        return .remembered(code: code, reason: reason)
    }

    private static func noteName(_ manifestHash: String?) -> String { "refused.\(manifestHash?.prefix(16) ?? "").json" }
}
