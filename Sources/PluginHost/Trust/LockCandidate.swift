internal import SagaCore

/// A plugin as it would be locked: what lies there, read once, and found fit as far as that shows without running it.
package struct LockCandidate: Sendable {
    package let folder: String
    package let manifest: PluginManifest
    package let contents: FolderContents
    package let signer: Signer?
    /// It is signed with a key that nobody named.
    package let strangeKey: PublicKey?

    package var id: String { manifest.id }
    package var asked: CapabilitySet { CapabilitySet(manifest) }

    /// Reads the folder.
    ///
    /// - Parameter isKept: which files' bytes are wanted besides.
    package init(
        reading folder: String, trust: PluginTrust, keeping isKept: @escaping (String) -> Bool = { _ in false }
    ) throws(PluginRefusal) {
        let bundle = PluginBundle(reading: folder)
        if let refusal = bundle.refusal { throw refusal }
        guard let manifest = bundle.manifest else { throw PluginRefusal(.noManifest, path: folder) }
        let contents = try FolderContents(reading: folder) { $0 == manifest.fileName || isKept($0) }
        guard let library = contents.bytes[manifest.fileName] else {
            throw PluginRefusal(.noLibrary(manifest.fileName), path: folder)
        }
        try PluginAdmission.checkELF(library, of: manifest, path: folder + "/" + manifest.fileName)
        do throws(PluginRefusal.Fact) {
            guard contents.files["plugin.json"] == bundle.manifestHash else { throw .changing }
            let finding = try trust.finding(on: contents, manifest)
            (signer, strangeKey) = (finding.signer, finding.strangeKey)
        } catch {
            throw PluginRefusal(error, path: folder)
        }
        (self.folder, self.manifest, self.contents) = (folder, manifest, contents)
    }
}

/// What locking a plugin would change.
package struct LockChange: Sendable {
    package let candidate: LockCandidate
    package let old: PluginLock.Entry?

    package init(_ candidate: LockCandidate, old: PluginLock.Entry?) {
        (self.candidate, self.old) = (candidate, old)
    }

    package enum Kind: String, Sendable {
        /// It was not locked.
        case new
        /// It is as it was locked.
        case same
        /// It is another build than was locked.
        case renewed
        /// The same, for another kind of machine than was locked.
        case platform
    }

    package var kind: Kind {
        guard let old else { return .new }
        guard let build = old.platforms[PluginLock.platform] else { return .platform }
        let isSame = build.files == candidate.contents.files && old.version == candidate.manifest.version
        return isSame && (old.signer == nil || old.signer?.key == candidate.signer?.key) ? .same : .renewed
    }

    /// How what lies there differs from what was locked here.
    package var differences: [LockDifference] {
        guard let old, let differences = old.differences(from: candidate.manifest, candidate.contents) else {
            return []
        }
        return isOtherSigner ? differences + [.signer(locked: old.signer, found: candidate.signer)] : differences
    }

    /// What it asks for beyond what was granted. Of one that is locked for the first time, nothing: it has that already.
    package var isNew: CapabilitySet {
        guard let old, kind != .same else { return CapabilitySet() }
        return candidate.asked.beyond(old.capabilities)
    }

    /// Somebody else signed it than what was locked, or nobody did.
    package var isOtherSigner: Bool { old?.signer != nil && old?.signer?.key != candidate.signer?.key }

    package var needsConsent: Bool { !isNew.isEmpty || isOtherSigner }

    /// Sentences to be agreed to, each begun by what it is about.
    package var consents: [String] {
        let who = candidate.signer.map { "\"\($0.name)\" signed it" } ?? "nobody who is trusted here signed it"
        let signer = isOtherSigner ? ["\(who); what was locked was signed by \"\(old?.signer?.name ?? "")\""] : []
        return signer + isNew.sentences.map { "it asks to \($0)" }
    }

    /// The entry that says so. What was taken from it by hand stays taken while it is the same build.
    package var entry: PluginLock.Entry {
        let manifest = candidate.manifest
        var platforms = old?.platforms ?? [:]
        // What is locked for other machines is of the same plugin only while its manifest is.
        platforms = platforms.filter {
            old?.version == manifest.version && $0.value.files["plugin.json"] == candidate.contents.files["plugin.json"]
        }
        platforms[PluginLock.platform] = PluginLock.Build(files: candidate.contents.files)
        let isKept = old != nil && kind == .same
        return PluginLock.Entry(
            version: manifest.version, abi: "\(manifest.abiMajor).\(manifest.abiMinor)",
            signer: candidate.signer,
            capabilities: isKept ? old!.capabilities : candidate.asked, platforms: platforms)
    }
}
