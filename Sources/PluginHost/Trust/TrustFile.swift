internal import Glibc
package import SagaCore

/// A file that says who is let in: `plugins.lock.json`, `signers.json`. What is wrong with it lets nobody in.
package enum TrustFile {
    static let byteLimit = 16 << 20

    /// What the file holds; nil: there is none.
    ///
    /// - Throws: others may write to it, or it is not one object of JSON.
    package static func read(_ path: String) throws(TrustFileProblem) -> JSONObject? {
        guard let resolved = realpath(path, nil) else {
            if errno == ENOENT { return nil }
            throw TrustFileProblem(.unreadable(systemError()), path: path)
        }
        defer { free(resolved) }
        let bytes: [UInt8]
        do throws(PluginRefusal) {
            bytes = try FileTrust.read(String(cString: resolved), upTo: byteLimit)
        } catch {
            throw TrustFileProblem(.untrusted(error.fact), path: path)
        }
        do throws(TrustFileMistake) {
            return try object(bytes)
        } catch {
            throw TrustFileProblem(error, path: path)
        }
    }

    /// What a file says, read as an object of a manifest is; nil: there is none.
    static func read<Value>(
        _ path: String, _ body: (JSONObject) throws(TrustFileMistake) -> Value
    ) throws(TrustFileProblem) -> Value? {
        guard let object = try read(path) else { return nil }
        return try understand(object, of: path, body)
    }

    static func understand<Value>(
        _ object: JSONObject, of path: String, _ body: (JSONObject) throws(TrustFileMistake) -> Value
    ) throws(TrustFileProblem) -> Value {
        do throws(TrustFileMistake) {
            return try body(object)
        } catch {
            throw TrustFileProblem(error, path: path)
        }
    }

    private static func object(_ bytes: [UInt8]) throws(TrustFileMistake) -> JSONObject {
        guard bytes.count <= byteLimit else { throw .tooLarge(limit: byteLimit) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONDocument(parsing: text).value
        } catch {
            throw .notJSON(error)
        }
        guard let object = value.objectValue else { throw .notAnObject(value.typeName) }
        return object
    }

    /// Changes the file: reads it, lets `body` say what is to be there, and puts that in its place, whole or not at all. One
    /// writer at a time, so that nobody's change is lost; whoever reads meanwhile sees the old or the new.
    ///
    /// - Parameter body: nil: nothing is to change.
    package static func change<Failure: Error>(
        _ path: String, orTrouble trouble: (TrustFileProblem) -> Failure,
        _ body: (JSONObject?) throws(Failure) -> JSONObject?
    ) throws(Failure) {
        let folder: FolderLock
        do throws(PluginRefusal.Fact) {
            folder = try FolderLock(path.lastIndex(of: "/").map { String(path[...$0]) } ?? ".")
        } catch {
            throw trouble(TrustFileProblem(.unwritable(error), path: path))
        }
        defer { folder.release() }
        let old: JSONObject?
        do throws(TrustFileProblem) {
            old = try read(path)
        } catch {
            throw trouble(error)
        }
        guard let new = try body(old) else { return }
        do throws(PluginRefusal.Fact) {
            try put(JSONValue.object(new).text(pretty: true) + "\n", at: path)
            folder.sync()
        } catch {
            throw trouble(TrustFileProblem(.unwritable(error), path: path))
        }
    }

    /// Through a link to what it names: the link stays.
    private static func put(_ text: String, at path: String) throws(PluginRefusal.Fact) {
        let target = realpath(path, nil).map { resolved in
            defer { free(resolved) }
            return String(cString: resolved)
        }
        try DurableFile.put(Array(text.utf8), at: target ?? path, mode: 0o644)
    }
}
