internal import Glibc
internal import SagaCore

/// What was removed from the store of plugins, and what was kept and why.
public struct StorePrune: Sendable {
    public struct Copy: Sendable {
        public let hash: String
        /// Nil: its manifest cannot be read.
        public let plugin: String?
        public let version: String?
        public let bytes: Int
        /// Why it is kept, a sentence; nil: it is not.
        public internal(set) var why: String?
    }

    public internal(set) var removed: [Copy] = []
    public internal(set) var kept: [Copy] = []
    /// Nothing was removed: this is what would be.
    public let isRehearsal: Bool

    /// Of nothing.
    public init(isRehearsal: Bool) { self.isRehearsal = isRehearsal }

    public var bytes: Int { removed.reduce(0) { $0 + $1.bytes } }
}

/// Why the store could not be looked through; a sentence.
public struct StoreTrouble: Error, Sendable {
    public let message: String
}

extension ContentStore {
    /// Removes what nobody needs.
    ///
    /// Safe beside hosts: what one has in use is kept, and none takes anything into use meanwhile. Safe against being killed:
    /// a copy goes away by a rename, and what is left of it goes with the next call.
    ///
    /// - Parameters:
    ///   - installed: hashes of what lies in the plugin folders.
    ///   - needed: by hash, why it is; asked once nobody can begin to need anything.
    public func prune(
        installed: Set<String>, isRehearsal: Bool, needed: () throws -> [String: String]
    ) throws -> StorePrune {
        var prune = StorePrune(isRehearsal: isRehearsal)
        guard access(folder, F_OK) == 0 else { return prune }
        let door = try alone(folder + "/.lock", orElse: "the store cannot be locked")
        defer { close(door) }
        let copies = FolderListing.names(in: folder).filter(Self.isHash)
        let locks = copies.map { installed.contains($0) ? nil : lockIfFree($0) }
        defer { for lock in locks.compactMap(\.self) { close(lock) } }
        let needed = try needed()
        for (hash, lock) in zip(copies, locks) {
            var copy = self.copy(hash)
            if installed.contains(hash) {
                copy.why = "it is installed"
            } else {
                copy.why = needed[hash] ?? (lock == nil ? "a host has it loaded" : nil)
            }
            if copy.why != nil { prune.kept.append(copy) } else { prune.removed.append(copy) }
        }
        if !isRehearsal { try remove(prune.removed.map(\.hash)) }
        return prune
    }

    /// Bytes that the copy of an image has on the disk; nil: there is none.
    public func bytes(of hash: String) -> Int? {
        access(place(hash), F_OK) == 0 ? Self.bytes(below: place(hash)) : nil
    }

    private static func isHash(_ name: String) -> Bool {
        name.utf8.count == 64 && name.allSatisfy { $0.isHexDigit && !$0.isUppercase }
    }

    private func alone(_ path: String, orElse trouble: String) throws(StoreTrouble) -> Int32 {
        do throws(PluginRefusal) {
            return try lock(path, LOCK_EX)
        } catch {
            throw StoreTrouble(message: "\(trouble): \(error.message)")
        }
    }

    /// Nil: somebody has it in use.
    private func lockIfFree(_ hash: String) -> Int32? { try? lock(place(hash) + "/lock", LOCK_EX | LOCK_NB) }

    private func copy(_ hash: String) -> StorePrune.Copy {
        let names = FolderListing.names(in: place(hash))
        let manifests =
            names.map { "\(place(hash))/\($0)/\(PluginFiles.manifest)" } + names.map { "\(place(hash))/\($0)" }
        let manifest = manifests.lazy.filter { $0.hasSuffix(".json") }.compactMap(Self.manifest).first
        return StorePrune.Copy(
            hash: hash, plugin: manifest?.id, version: manifest?.version, bytes: Self.bytes(below: place(hash)))
    }

    /// First every name goes, then what was under it: a host that comes in between finds nothing, or all of it.
    private func remove(_ hashes: [String]) throws(StoreTrouble) {
        for hash in hashes {
            guard rename(place(hash), "\(folder)/.gone.\(hash).\(getpid())") == 0 else {
                throw StoreTrouble(message: "\(place(hash)) cannot be removed: \(systemError())")
            }
        }
        for name in FolderListing.names(in: folder, hidden: true) where name.hasPrefix(".gone.") {
            FileTree.remove(folder + "/" + name)
        }
    }

    private static func bytes(below path: String) -> Int {
        FolderListing.names(in: path, hidden: true).reduce(0) { sum, name in
            var status = stat()
            let file = path + "/" + name
            guard lstat(file, &status) == 0 else { return sum }
            return sum + (status.st_mode & S_IFMT == S_IFDIR ? bytes(below: file) : Int(status.st_size))
        }
    }
}
