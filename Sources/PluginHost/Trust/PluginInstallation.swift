internal import CPluginHost
internal import Glibc

/// A plugin on its way into a folder of plugins: the bytes that were looked at, and no others.
package struct PluginInstallation: Sendable {
    package let candidate: LockCandidate
    /// The folder of plugins. eg: "/home/ada/.local/share/arcadia/plugins"
    package let parent: String
    package var folder: String { parent + "/" + candidate.id }

    /// Reads the plugin's folder, whole.
    package init(of source: String, into parent: String, trust: PluginTrust) throws(PluginRefusal) {
        candidate = try LockCandidate(reading: source, trust: trust) { _ in true }
        self.parent = parent
    }

    /// Puts it there. A crash at any moment leaves what was there, or the new one, whole; what is left beside it is cleared
    /// away by whoever installs or removes next.
    package func perform() throws(PluginRefusal) {
        try PluginFolders.change(parent) { lock throws(PluginRefusal.Fact) in
            let temporary = PluginFolders.temporary(in: parent)
            try write(to: temporary)
            guard arcadia_put_in_place(temporary, folder, FileTrust.isThere(folder) ? 1 : 0) == 0 else {
                throw .unreadable(systemError())
            }
            lock.sync()
        }
    }

    private func write(to temporary: String) throws(PluginRefusal.Fact) {
        try PluginFolders.make(temporary)
        var folders: Set<String> = [temporary]
        for (name, bytes) in candidate.contents.bytes.sorted(by: { $0.key < $1.key }) {
            var folder = temporary
            for part in name.split(separator: "/").dropLast() {
                folder += "/" + part
                if folders.insert(folder).inserted { try PluginFolders.make(folder) }
            }
            // Someone may want to run a program by hand.
            let mode: mode_t = name == candidate.manifest.program ? 0o755 : 0o644
            try DurableFile.write(bytes, to: temporary + "/" + name, mode: mode)
        }
        if let signature = candidate.contents.signature {
            try DurableFile.write(signature, to: temporary + "/" + FolderContents.signatureName, mode: 0o644)
        }
        for folder in folders { DurableFile.syncFolder(folder) }
    }
}

/// Folders of plugins, and what is moved in and out of them.
package enum PluginFolders {
    /// Removes an installed plugin's folder. What hosts have loaded of it stays in their content stores.
    package static func remove(_ id: String, from parent: String) throws(PluginRefusal) {
        try change(parent) { lock throws(PluginRefusal.Fact) in
            guard rename(parent + "/" + id, temporary(in: parent)) == 0 else { throw .unreadable(systemError()) }
            lock.sync()
        }
    }

    /// Hidden, so that nobody takes it for a plugin.
    static func temporary(in parent: String) -> String { parent + "/.arcadia-moving" }

    /// One at a time; what somebody left who was killed is cleared away before, and what is left after.
    static func change(
        _ parent: String, _ body: (FolderLock) throws(PluginRefusal.Fact) -> Void
    ) throws(PluginRefusal) {
        do throws(PluginRefusal.Fact) {
            try makeAll(parent)
            let lock = try FolderLock(parent)
            defer { lock.release() }
            FileTree.remove(temporary(in: parent))
            defer { FileTree.remove(temporary(in: parent)) }
            try body(lock)
        } catch {
            throw PluginRefusal(error, path: parent)
        }
        try FileTrust.checkFolder(parent)
    }

    static func make(_ folder: String) throws(PluginRefusal.Fact) {
        guard mkdir(folder, 0o755) == 0 else { throw .unreadable(systemError()) }
        // Whatever the umask takes away: others may look, and nobody else may write.
        chmod(folder, 0o755)
    }

    private static func makeAll(_ folder: String) throws(PluginRefusal.Fact) {
        guard !FileTrust.isThere(folder) else { return }
        if let slash = folder.lastIndex(of: "/"), slash != folder.startIndex { try makeAll(String(folder[..<slash])) }
        try make(folder)
    }
}
