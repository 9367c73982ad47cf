internal import Glibc
internal import SagaCore

/// Who may have written a file: a plugin does whatever the host can, so only root and the host's own user may.
enum FileTrust {
    /// Checks a plugin's folder and every folder above it. A sticky folder such as /tmp is fine: nobody can put another
    /// file in the place of ours there.
    static func checkFolder(_ path: String) throws(PluginRefusal) {
        var folder = path
        while true {
            var status = stat()
            guard stat(folder, &status) == 0 else { throw PluginRefusal(.unreadable(systemError()), path: folder) }
            let isSticky = status.st_mode & S_ISVTX != 0
            if !isSticky || folder == path { try check(status, path: folder) }
            guard folder != "/", let slash = folder.lastIndex(of: "/") else { return }
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
    }

    /// Opens a file for reading and checks what was opened, not what the path may mean a moment later.
    static func openChecked(_ path: String) throws(PluginRefusal) -> Int32 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw PluginRefusal(errno == ELOOP ? .notARegularFile : .unreadable(systemError()), path: path)
        }
        do throws(PluginRefusal) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw PluginRefusal(.unreadable(systemError()), path: path) }
            guard status.st_mode & S_IFMT == S_IFREG else { throw PluginRefusal(.notARegularFile, path: path) }
            try check(status, path: path)
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    static func check(_ status: stat, path: String) throws(PluginRefusal) {
        let us = geteuid()
        guard status.st_uid == 0 || status.st_uid == us else {
            throw PluginRefusal(.otherOwner(uid: Int(status.st_uid), us: Int(us)), path: path)
        }
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw PluginRefusal(.writableByOthers(mode: Int(status.st_mode & 0o7777)), path: path)
        }
    }

    /// Whether anything lies there, a link to nowhere as well.
    static func isThere(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// A checked file's bytes.
    ///
    /// - Parameter limit: of a longer file, one byte more than that.
    static func read(_ path: String, upTo limit: Int = Int.max - 1) throws(PluginRefusal) -> [UInt8] {
        try readWithMode(path, upTo: limit).bytes
    }

    /// A checked file's bytes, and who may do what with it.
    static func readWithMode(
        _ path: String, upTo limit: Int = Int.max - 1
    ) throws(PluginRefusal) -> (bytes: [UInt8], mode: mode_t) {
        let descriptor = try openChecked(path)
        defer { close(descriptor) }
        var status = stat()
        fstat(descriptor, &status)
        var bytes = [UInt8](repeating: 0, count: min(Int(status.st_size), limit + 1))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + filled, $0.count - filled)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw PluginRefusal(.unreadable(systemError()), path: path)
            }
            if count == 0 { break }
            filled += count
        }
        bytes.removeLast(bytes.count - filled)
        return (bytes, status.st_mode)
    }
}

func systemError(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }
