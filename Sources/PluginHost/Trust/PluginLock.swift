internal import Glibc
package import SagaCore

/// Which plugins are let in, exactly: `plugins.lock.json`.
///
/// `{"lock_version": 1, "plugins": {"mail": {"version": "1.2.0", "abi": "1.0", "signer": {"name": "acme", "key": "…"},
/// "capabilities": {…}, "platforms": {"linux-x86_64": {"hash": "h1:…", "files": {"libmail.so": "9f86…", …}}}}}}`
package struct PluginLock: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package let version: String
        /// eg: "1.0"
        package let abi: String
        /// Whose signature was found good; nil: nobody's.
        package let signer: Signer?
        /// What is granted. By hand it may be made less.
        package let capabilities: CapabilitySet
        /// What was locked for each kind of machine.
        package let platforms: [String: Build]
    }

    package struct Build: Sendable, Hashable {
        /// SHA-256 in hex, by name.
        package let files: [String: String]
        package var hash: String { FolderContents.hash(of: files) }
    }

    package var plugins: [String: Entry]

    static let version = 1
    package static let fileName = "plugins.lock.json"

    /// What this machine's builds are called.
    package static let platform: String = {
        #if arch(x86_64)
            "linux-x86_64"
        #elseif arch(arm64)
            "linux-aarch64"
        #else
            #error("name this machine's platform")
        #endif
    }()

    package init(_ plugins: [String: Entry] = [:]) { self.plugins = plugins }

    /// Reads the file; nil: there is none.
    package init?(path: String) throws(TrustFileProblem) {
        guard let lock = try TrustFile.read(path, { object throws(TrustFileMistake) in try PluginLock(object) }) else {
            return nil
        }
        self = lock
    }

    private init(_ object: JSONObject) throws(TrustFileMistake) {
        do throws(PluginRefusal.Fact) {
            let reader = ManifestReader(object: object, place: "")
            guard try reader.integer("lock_version") <= Self.version else {
                throw .manifestNewer(found: try reader.integer("lock_version"), known: Self.version)
            }
            try reader.checkKeys(["lock_version", "plugins"])
            plugins = [:]
            for (id, value) in try reader.optionalObject("plugins") ?? [:] {
                plugins[id] = try Entry(reader.member(id, value, of: "plugins."))
            }
        } catch {
            if case .manifestNewer(let found, let known) = error { throw .newer(found: found, known: known) }
            throw TrustFileMistake(error)
        }
        try checkHashes(object)
    }

    /// The hash stands there for people and other tools; that it is the one of the files is looked at.
    private func checkHashes(_ object: JSONObject) throws(TrustFileMistake) {
        for (id, entry) in plugins {
            for (platform, build) in entry.platforms {
                let written = object["plugins"]?[id]?["platforms"]?[platform]?["hash"]?.stringValue
                guard written == build.hash else { throw .hashDiffers("plugins.\(id).platforms.\(platform)") }
            }
        }
    }

    /// In one order, whoever wrote it, so that two files that say the same are the same.
    private var json: JSONObject {
        var entries = JSONObject()
        for (id, entry) in plugins.sorted(by: { $0.key < $1.key }) { entries[id] = entry.json }
        return ["lock_version": .int(Int64(Self.version)), "plugins": .object(entries)]
    }

    /// Changes the file under its lock.
    ///
    /// - Parameter body: is given what is there now.
    package static func change<Failure: Error>(
        _ path: String, orTrouble trouble: (TrustFileProblem) -> Failure,
        _ body: (inout PluginLock) throws(Failure) -> Void
    ) throws(Failure) {
        try TrustFile.change(path, orTrouble: trouble) { object throws(Failure) in
            var lock: PluginLock
            do throws(TrustFileProblem) {
                lock =
                    try object.map { object throws(TrustFileProblem) in
                        try TrustFile.understand(object, of: path) { object throws(TrustFileMistake) in
                            try PluginLock(object)
                        }
                    } ?? PluginLock()
            } catch {
                throw trouble(error)
            }
            let old = lock
            try body(&lock)
            return lock == old && object != nil ? nil : lock.json
        }
    }
}

extension PluginLock.Entry {
    /// How what lies there differs from what was locked; nil: it was locked for other kinds of machine only.
    func differences(from manifest: PluginManifest, _ contents: FolderContents) -> [LockDifference]? {
        guard let build = platforms[PluginLock.platform] else { return nil }
        let files = LockDifference.between(build.files, contents.files)
        return version == manifest.version
            ? files : [.version(locked: version, found: manifest.version)] + files
    }

    fileprivate init(_ reader: ManifestReader) throws(PluginRefusal.Fact) {
        try reader.checkKeys(["version", "abi", "signer", "capabilities", "platforms"])
        version = try reader.string("version")
        abi = try reader.string("abi")
        signer = try reader.object["signer"]?.unlessNull.map { value throws(PluginRefusal.Fact) in
            try Signer(reader.member("signer", value))
        }
        capabilities = try CapabilitySet(
            reading: ManifestReader(
                object: try reader.optionalObject("capabilities") ?? [:], place: reader.place + "capabilities."))
        var platforms: [String: PluginLock.Build] = [:]
        for (name, value) in try reader.optionalObject("platforms") ?? [:] {
            platforms[name] = try PluginLock.Build(reader.member(name, value, of: "platforms."))
        }
        self.platforms = platforms
    }

    package var json: JSONValue {
        var object: JSONObject = ["version": .string(version), "abi": .string(abi)]
        object["signer"] = signer?.json ?? .null
        object["capabilities"] = capabilities.json
        var builds = JSONObject()
        for (name, build) in platforms.sorted(by: { $0.key < $1.key }) { builds[name] = build.json }
        object["platforms"] = .object(builds)
        return .object(object)
    }
}

extension PluginLock.Build {
    fileprivate init(_ reader: ManifestReader) throws(PluginRefusal.Fact) {
        try reader.checkKeys(["hash", "files"])
        _ = try reader.string("hash")
        var files: [String: String] = [:]
        for (name, value) in try reader.optionalObject("files") ?? [:] {
            guard let hash = value.stringValue, hash.utf8.count == 64,
                hash.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
            else {
                throw .manifestKey("\(reader.place)files.\(name)", found: value.text, expected: "a SHA-256 in hex")
            }
            files[name] = hash
        }
        self.files = files
    }

    fileprivate var json: JSONValue {
        var object = JSONObject()
        for (name, hash) in files.sorted(by: { $0.key < $1.key }) { object[name] = .string(hash) }
        return ["hash": .string(hash), "files": .object(object)]
    }
}

extension ManifestReader {
    /// Reads an object within this one.
    fileprivate func member(
        _ key: String, _ value: JSONValue, of parent: String = ""
    ) throws(PluginRefusal.Fact) -> ManifestReader {
        guard let object = value.objectValue else { throw wrong(parent + key, value, "an object") }
        return ManifestReader(object: object, place: "\(place)\(parent)\(key).")
    }
}
