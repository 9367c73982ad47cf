internal import SagaCore

extension PluginRefusal {
    /// Stable, for programs: `plugin.no_entry`.
    public var code: String { "plugin." + fact.name }

    /// What is wrong, then what was expected. Starts with the file it is about.
    public var message: String { "\(path): \(fact.words)" }

    /// The same without the file.
    public var reason: String { fact.words }

    /// The plugin's name, from the file it is about.
    private var pluginName: String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return name.hasPrefix("lib") && name.hasSuffix(".so") ? String(name.dropFirst(3).dropLast(3)) : name
    }

    private func modifiedHint(_ differences: [LockDifference]) -> String {
        if case .signer(let locked?, _)? = differences.first {
            return
                "`arcadia plugins trust \(locked) --key …` if you trust that key; `arcadia plugins lock \(pluginName)` if it is to be let in without"
        }
        return
            "`arcadia plugins lock \(pluginName)` locks it as it is now, if that is what you want there; else bring back what was locked. `arcadia plugins unlock \(pluginName)` lets any build of it in"
    }

    /// The next thing to do; nil where the message says it all.
    public var hint: String? {
        switch fact {
        case .noManifest: "a plugin's folder holds plugin.json and lib<id>.so"
        case .otherOwner: "`sudo chown root \(path)`, if you trust it"
        case .writableByOthers: "`chmod go-w \(path)`, if you trust what is in it"
        case .folderTooLarge:
            "keep in a plugin's folder what it needs when it runs; what it is built from lies elsewhere"
        case .changing: "copy it beside and rename it into place; then nobody sees half of it"
        case .manifestNewer: "update arcadia, or use an older version of the plugin"
        case .manifestUnknownKey(_, let suggestion): suggestion.map { "did you mean \"\($0)\"?" }
        case .folderIsNotID(_, let id): "rename the folder to \"\(id)\""
        case .abiMajor, .entryOfOtherMajor, .needsNewerHost:
            "update arcadia, or build the plugin with the arcadia/plugin.h of this one"
        case .otherMachine: "build it on this kind of machine, or with a cross compiler for it"
        case .noEntry: "define it, with ARCADIA_EXPORT, and link with the version script sdk/link/one-symbol.map"
        case .quarantined:
            "`arcadia plugins release \(pluginName)` lets it in again; a new build of it is let in by itself"
        case .noLockFile: "`arcadia plugins lock` makes it, of what lies there now"
        case .notLocked: "`arcadia plugins lock \(pluginName)` locks it, if you want it let in"
        case .lockedElsewhere: "`arcadia plugins lock \(pluginName)` locks this machine's build beside the others"
        case .modified(let differences): modifiedHint(differences)
        case .signatureUnreadable, .signatureWrong:
            "get it from its author again; if it is yours, `arcadia plugins sign` it again, or remove its plugin.sig"
        case .signerUnknown(let key): "if you trust whoever signed it: `arcadia plugins trust NAME --key \(key)`"
        case .unsigned: "ask its author for a signed one; `require_signature` in signers.json is what asks for it"
        case .disabled: "`arcadia plugins enable \(pluginName)` lets it in again"
        case .dlopen: "`ldd` on the library shows what it needs"
        case .config(let violation):
            "`--config PLUGIN.\(violation.at.tokens.first ?? "KEY")=VALUE`, or the file config.json in the data folder, which later commands find as well"
        case .truncated: "copy or build it again"
        case .typedUndeclared(_, let signature): "\"signature\": \"\(signature)\""
        default: nil
        }
    }
}

extension PluginRefusal.Fact {
    fileprivate var name: String {
        switch self {
        case .noManifest: "no_manifest"
        case .noLibrary: "no_library"
        case .unreadable: "unreadable"
        case .notARegularFile: "not_a_regular_file"
        case .otherOwner: "other_owner"
        case .writableByOthers: "writable_by_others"
        case .oddFileName: "odd_file_name"
        case .noLockFile: "no_lock_file"
        case .lockUnreadable: "lock_unreadable"
        case .notLocked: "not_locked"
        case .lockedElsewhere: "locked_elsewhere"
        case .modified: "modified"
        case .signatureUnreadable: "signature_unreadable"
        case .signatureWrong: "signature_wrong"
        case .signerUnknown: "signer_unknown"
        case .unsigned: "unsigned"
        case .disabled: "disabled"
        case .folderTooLarge: "folder_too_large"
        case .changing: "changing"
        case .manifestTooLarge: "manifest_too_large"
        case .manifestNotJSON: "manifest_not_json"
        case .manifestNewer: "manifest_newer"
        case .manifestKeyMissing: "manifest_key_missing"
        case .manifestKey: "manifest_key"
        case .manifestUnknownKey: "manifest_unknown_key"
        case .manifestSchema: "manifest_schema"
        case .manifestSignature: "manifest_signature"
        case .manifestDuplicateOperation: "manifest_duplicate_operation"
        case .folderIsNotID: "folder_is_not_id"
        case .duplicateID: "duplicate_id"
        case .abiMajor: "abi_major"
        case .notELF: "not_elf"
        case .truncated: "truncated"
        case .otherMachine: "other_machine"
        case .notShared: "not_shared"
        case .noEntry: "no_entry"
        case .entryOfOtherMajor: "other_major"
        case .quarantined: "quarantined"
        case .dlopen: "dlopen"
        case .entryReturnedNull: "null_table"
        case .structTooSmall: "struct_too_small"
        case .needsNewerHost: "needs_newer_host"
        case .otherID: "other_id"
        case .otherVersion: "other_version"
        case .operationMissing: "operation_missing"
        case .operationUndeclared: "operation_undeclared"
        case .functionMissing: "function_missing"
        case .functionUndeclared: "function_undeclared"
        case .noOperations: "no_operations"
        case .operationTwice: "operation_twice"
        case .typedIncomplete: "typed_incomplete"
        case .typedMissing: "typed_missing"
        case .typedUndeclared: "typed_undeclared"
        case .librarySignature: "library_signature"
        case .signatureDiffers: "signature_differs"
        case .config: "config"
        case .createFailed: "create_failed"
        case .workerNotStarted: "worker_not_started"
        case .workerEnded: "worker_ended"
        case .workerSilent: "worker_silent"
        case .remembered(let code, _): String(code.dropFirst("plugin.".count))
        }
    }

    fileprivate var words: String {
        switch self {
        case .noManifest: "there is no plugin.json"
        case .noLibrary(let name): "there is no \(name) beside plugin.json"
        case .unreadable(let why): "it cannot be read: \(why)"
        case .notARegularFile: "it is not a regular file; links and devices are not followed"
        case .otherOwner(let uid, let us):
            "it belongs to user \(uid); expected root or the user arcadia runs as (\(us))"
        case .writableByOthers(let mode):
            "others may write to it (mode \(octal(mode))); whoever can write a plugin can do whatever arcadia can"
        case .oddFileName(let name):
            "a file in it is called \"\(name.printable)\"; expected UTF-8, on one line"
        case .noLockFile(let path): "only locked plugins are let in here, and there is no lock file \(path)"
        case .lockUnreadable(let problem): "nobody is let in by a lock file that cannot be read: \(problem)"
        case .notLocked(let path): "only locked plugins are let in here, and \(path) does not name it"
        case .lockedElsewhere(let platforms, let here):
            "it is locked for \(platforms.isEmpty ? "no machine" : platforms.joined(separator: ", ")); this is \(here)"
        case .modified(let differences): "it is not what was locked: \(differences.words)"
        case .signatureUnreadable:
            "plugin.sig is no signature; expected the two lines that `arcadia plugins sign` writes"
        case .signatureWrong(let name?): "its signature is not one of \"\(name)\" for what lies there"
        case .signatureWrong(nil): "its signature is not one for what lies there"
        case .signerUnknown(let key):
            "only signed plugins are let in here, and it is signed with a key that is not trusted, \(key)"
        case .unsigned: "only signed plugins are let in here, and it has no plugin.sig"
        case .disabled(let reason, let by): "it was disabled by \(by): \(reason)"
        case .folderTooLarge(let bytes, let files):
            "its folder has \(files) files with \(bytes >> 20) MB or more; a host keeps a copy of at most \(PluginFiles.countLimit) files with \(PluginFiles.byteLimit >> 20) MB"
        case .changing: "its files changed while they were read; it is being written"
        case .manifestTooLarge(let bytes):
            "plugin.json has \(bytes) bytes; expected at most \(PluginManifest.byteLimit)"
        case .manifestNotJSON(let error):
            "plugin.json:\(error.position.line):\(error.position.column): \(error.message)"
        case .manifestNewer(let found, let known): "its manifest_version is \(found); this host reads up to \(known)"
        case .manifestKeyMissing(let key): "plugin.json has no `\(key)`"
        case .manifestKey(let key, let found, let expected): "`\(key)` in plugin.json is \(found); expected \(expected)"
        case .manifestUnknownKey(let key, _): "\"\(key)\" is not a key of plugin.json"
        case .manifestSchema(let key, let problem): "the schema in `\(key)` of plugin.json: \(problem)"
        case .manifestSignature(let key, let problem): "the signature in `\(key)` of plugin.json: \(problem)"
        case .manifestDuplicateOperation(let name): "plugin.json describes operation \"\(name)\" twice"
        case .folderIsNotID(let folder, let id):
            "its folder is called \"\(folder)\" and its id is \"\(id)\"; expected the same"
        case .duplicateID(let id, let other):
            "a plugin \"\(id)\" was found before it, in \(other); the first one counts"
        case .abiMajor(let found, let known): "it is made for plugin ABI \(found); this host speaks \(known)"
        case .notELF: "it is not an ELF file, so it is not a shared object"
        case .truncated: "it ends before its own tables say: a part of the file is missing"
        case .otherMachine(let found, let expected): "it is built for \(found); this machine is \(expected)"
        case .notShared(let found): "it is \(found); expected a shared object"
        case .noEntry(let expected): "it does not export `\(expected)`, so it is not an arcadia plugin"
        case .entryOfOtherMajor(let found, let known):
            "its entry is for plugin ABI \(found.map(String.init).joined(separator: ", ")); this host speaks \(known)"
        case .quarantined(let crashes, let hours, let last):
            "it crashed \(crashes) times within \(hours) hours, last in \(last); this build of it is not let in again"
        case .dlopen(let said): "the dynamic linker does not take it: \(said)"
        case .entryReturnedNull(let said):
            said.map { "its entry gave no plugin, and said: \($0)" } ?? "its entry gave no plugin, and said nothing"
        case .structTooSmall(let name, let size, let expected):
            "its `\(name)` says it has \(size) bytes; ABI 1.0 has \(expected)"
        case .needsNewerHost(let minor, let known): "it needs a host with ABI 1.\(minor); this one has 1.\(known)"
        case .otherID(let found, let manifest): "the library says it is \"\(found)\", its plugin.json \"\(manifest)\""
        case .otherVersion(let found, let manifest): "the library says version \(found), its plugin.json \(manifest)"
        case .operationMissing(let name): "plugin.json describes operation \"\(name)\", which the library does not have"
        case .operationUndeclared(let name):
            "the library has operation \"\(name)\", which plugin.json does not describe"
        case .functionMissing(let name, let function, let flag):
            "plugin.json calls operation \"\(name)\" \(flag), but the library has no \(function) for it"
        case .functionUndeclared(let name, let function, let flag):
            "the library has \(function) for operation \"\(name)\", but plugin.json does not call it \(flag)"
        case .noOperations: "the library has no operations"
        case .operationTwice(let name): "the library has operation \"\(name)\" twice"
        case .typedIncomplete(let number, let what): "its typed function \(number) has no \(what)"
        case .typedMissing(let name, let signature):
            "plugin.json calls operation \"\(name)\" a typed function, `\(signature)`, which the library does not have"
        case .typedUndeclared(let name, let signature):
            "operation \"\(name)\" is a typed function of the library, but plugin.json has no signature for it; expected `\(signature)`"
        case .librarySignature(let text, let problem): "the signature `\(text)` in the library: \(problem)"
        case .signatureDiffers(let name, let manifest, let library):
            "the signature of operation \"\(name)\" is `\(manifest)` in plugin.json and `\(library)` in the library; expected the same"
        case .config(let violation): "its config does not fit: \(violation.message)"
        case .createFailed(let error): "it did not take its config: \(error.message)"
        case .workerNotStarted(let why): "no worker can be started for it: \(why)"
        case .workerEnded(let how): "it ended its worker while it was loaded: \(how)"
        case .workerSilent(let seconds):
            "it was not loaded within \(seconds) s, so its worker was ended; a constructor or `create` that waits?"
        case .remembered(_, let reason): reason
        }
    }

}

/// eg: "0664"
func octal(_ mode: Int) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}
