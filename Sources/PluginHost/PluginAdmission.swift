internal import Glibc
internal import SagaCore

/// Who is let in: everything that is looked at before a line of a plugin runs.
struct PluginAdmission: Sendable {
    let configs: PluginConfigs
    let crashes: CrashCount
    let trust: PluginTrust

    /// Looks at a plugin's files, once: trust, lock, signature, bytes, quarantine, configuration.
    func inspect(_ bundle: inout PluginBundle) {
        guard !bundle.isInspected else { return }
        bundle.isInspected = true
        guard bundle.refusal == nil, let manifest = bundle.manifest else {
            bundle.refusal = trust.modification(of: bundle) ?? bundle.refusal
            return
        }
        let path = bundle.folder + "/" + manifest.fileName
        do throws(PluginRefusal) {
            guard access(path, F_OK) == 0 else {
                throw PluginRefusal(.noLibrary(manifest.fileName), path: bundle.folder)
            }
            let files = try PluginFiles(reading: bundle.folder, of: manifest)
            let image = PluginImage(plugin: manifest.id, version: manifest.version, hash: files.hash)
            bundle.image = image
            guard files.file(PluginFiles.manifest)?.bytes.contentHash == bundle.manifestHash else {
                throw PluginRefusal(.changing, path: bundle.folder)
            }
            bundle.take(try trust.finding(on: bundle, manifest, files))
            try Self.checkELF(files.file(manifest.fileName)?.bytes ?? [], of: manifest, path: path)
            if let fact = crashes.quarantine(of: image) { throw PluginRefusal(fact, path: path) }
            _ = try configs.checked(manifest, folder: bundle.folder)
        } catch {
            bundle.refusal = error
            bundle.refusal = trust.modification(of: bundle) ?? error
        }
    }

    static func checkELF(_ bytes: [UInt8], of manifest: PluginManifest, path: String) throws(PluginRefusal) {
        guard manifest.program == nil else { return }
        do throws(PluginRefusal.Fact) {
            try ELFImage(bytes).checkEntry(prefix: LoadedPlugin.entryPrefix, major: 1)
        } catch {
            throw PluginRefusal(error, path: path)
        }
    }
}
