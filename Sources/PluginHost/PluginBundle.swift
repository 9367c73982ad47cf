internal import Glibc
internal import SagaCore

/// A plugin as it lies there: its folder, its manifest, and what stands in its way. Nothing of it runs.
struct PluginBundle {
    let folder: String
    /// Where it was found: another folder than `folder` once that is its copy in the store, because a newer build that
    /// lies there is not let in.
    var origin: String
    /// The manifest's id, or the folder's name where there is no readable manifest.
    let id: String
    /// As far as it is granted, once it was looked at.
    var manifest: PluginManifest?
    let manifestHash: String?
    var refusal: PluginRefusal?
    /// The library was looked at, and this is its image.
    var image: PluginImage?
    var isInspected = false
    /// It is a copy in the store: what lay in its folder was held against lock and signature when it was made.
    var isKept = false
    /// What the lock and the signature say; nil: it was not looked at, or it is refused.
    var finding: PluginTrust.Finding?
    /// The host does it itself; there is no library.
    var isBuiltIn = false

    /// Reads a folder's manifest.
    init(reading folder: String) {
        let name = folder.split(separator: "/").last.map(String.init) ?? folder
        (self.folder, origin) = (folder, folder)
        do throws(PluginRefusal) {
            let (manifest, hash) = try Self.manifest(in: folder)
            (id, self.manifest, manifestHash) = (manifest.id, manifest, hash)
            if manifest.abiMajor != 1 {
                refusal = PluginRefusal(.abiMajor(found: manifest.abiMajor, known: 1), path: folder)
            } else if manifest.id != name {
                refusal = PluginRefusal(.folderIsNotID(folder: name, id: manifest.id), path: folder)
            }
        } catch {
            (id, manifest, manifestHash) = (name, nil, nil)
            refusal = error
        }
    }

    private static func manifest(in folder: String) throws(PluginRefusal) -> (PluginManifest, hash: String) {
        let path = folder + "/plugin.json"
        try FileTrust.checkFolder(folder)
        let bytes = try FileTrust.read(path)
        guard bytes.count <= PluginManifest.byteLimit else {
            throw PluginRefusal(.manifestTooLarge(bytes.count), path: path)
        }
        do throws(PluginRefusal.Fact) {
            return (try PluginManifest(parsing: String(decoding: bytes, as: UTF8.self)), bytes.contentHash)
        } catch {
            throw PluginRefusal(error, path: folder)
        }
    }

    /// What is granted is all that is asked for, from here on.
    mutating func take(_ finding: PluginTrust.Finding) {
        if let granted = finding.granted { manifest = manifest?.narrowed(to: granted) }
        self.finding = finding
    }

    /// What the host does itself.
    init(_ plugin: any HostPlugin.Type) {
        let hash = Array(plugin.manifest.utf8).contentHash
        do throws(PluginRefusal.Fact) {
            let manifest = try PluginManifest(parsing: plugin.manifest)
            (folder, origin) = ("the host itself", "the host itself")
            (id, self.manifest, manifestHash) = (plugin.id, manifest, hash)
            image = PluginImage(plugin: plugin.id, version: manifest.version, hash: hash)
            (isInspected, isBuiltIn) = (true, true)
        } catch {
            preconditionFailure("the host's own \(plugin.id): \(PluginRefusal(error, path: plugin.id).reason)")
        }
    }

    /// What is told of it while another build is in use.
    var asRejected: PluginCatalog.Rejected? {
        refusal.map { PluginCatalog.Rejected(version: manifest?.version, hash: image?.hash, refusal: $0) }
    }
}
