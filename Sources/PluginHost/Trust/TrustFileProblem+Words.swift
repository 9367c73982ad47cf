internal import SagaCore

extension TrustFileProblem {
    /// What is, then what was expected; with the file.
    package var message: String {
        if case .notJSON(let error) = mistake {
            return "\(path):\(error.position.line):\(error.position.column): \(error.message)"
        }
        return "\(path): \(mistake.words)"
    }

    /// The next thing to do; nil where the message says it all.
    package var hint: String? {
        switch mistake {
        case .untrusted(let fact): PluginRefusal(fact, path: path).hint
        case .unknownKey(_, let suggestion): suggestion.map { "did you mean \"\($0)\"?" }
        case .newer: "update arcadia"
        case .hashDiffers:
            "bring back the file as it was; or take the plugin's entry out of it, look at the plugin, and lock it again"
        case .notJSON, .notText, .notAnObject:
            "no plugin is let in by a file that cannot be read: bring it back as it was, or move it away and make it anew"
        default: nil
        }
    }
}

extension TrustFileMistake {
    fileprivate var words: String {
        switch self {
        case .unreadable(let reason): "it cannot be read: \(reason)"
        case .unwritable(.unreadable(let reason)): "it cannot be written: \(reason)"
        case .unwritable(let fact): PluginRefusal(fact, path: "").reason
        case .untrusted(.writableByOthers(let mode)):
            "others may write to it (mode \(octal(mode))); whoever can write it decides which plugins are let in"
        case .untrusted(let fact): PluginRefusal(fact, path: "").reason
        case .tooLarge(let limit): "it has more than \(limit) bytes, which is the most"
        case .notText: "it is not UTF-8"
        case .notJSON(let error): error.message
        case .notAnObject(let found): "it is \(found); expected an object"
        case .missing(let key): "there is no `\(key)`"
        case .wrong(let key, let found, let expected): "`\(key)` is \(found); expected \(expected)"
        case .unknownKey(let key, _): "\"\(key)\" is not a key of this file"
        case .newer(let found, let known): "its lock_version is \(found); this host reads up to \(known)"
        case .hashDiffers(let key): "the hash in `\(key)` is not that of the files listed there: it was changed by hand"
        }
    }
}
