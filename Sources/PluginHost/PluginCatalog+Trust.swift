extension PluginCatalog {
    /// Where a plugin would run that lay there.
    package func place(of manifest: PluginManifest, in folder: String) -> PluginManifest.Placement {
        loader.place(of: manifest, in: folder)
    }

    /// Where the plugin lies that counts under an id; nil: there is none.
    package func folder(of id: String) -> String? { folders().first { $0.id == id }?.folder }

    /// Every plugin that counts under its id, as it would be locked, in the order of the search; or why it cannot be.
    package func lockCandidates() -> [(id: String, candidate: Result<LockCandidate, PluginRefusal>)] {
        var seen: Set<String> = []
        return folders().filter { seen.insert($0.id).inserted }.map { id, folder in
            do throws(PluginRefusal) {
                return (id, .success(try LockCandidate(reading: folder, trust: trust)))
            } catch {
                return (id, .failure(error))
            }
        }
    }
}
