internal import Glibc

extension SharedSecret {
    /// A file that holds more is no secret.
    private static let mostBytes = 4096

    /// Reads a secret from a file that nobody else can read. One newline at its end, as editors write it, is no part of it.
    ///
    /// What was opened is checked, not what the path may mean a moment later. Links are followed: that is how systems
    /// hand out secrets.
    public init(file path: String) throws(SharedSecretProblem) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(path, systemError()) }
        defer { close(descriptor) }
        try Self.checkOwnerAndMode(descriptor, path)
        var bytes = try Self.read(descriptor, path)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        do throws(SharedSecretProblem) {
            try self.init(bytes)
        } catch {
            throw .inFile(path, error)
        }
    }

    private static func checkOwnerAndMode(_ descriptor: Int32, _ path: String) throws(SharedSecretProblem) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path, systemError()) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(path) }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw .otherOwner(path, uid: Int(status.st_uid), us: Int(geteuid()))
        }
        guard status.st_mode & 0o7177 == 0 else { throw .mode(path, Int(status.st_mode & 0o7777)) }
    }

    private static func read(_ descriptor: Int32, _ path: String) throws(SharedSecretProblem) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: mostBytes + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + filled, $0.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path, systemError()) }
            if count == 0 { break }
            filled += count
        }
        guard filled <= mostBytes else { throw .tooLong(path, most: mostBytes) }
        return Array(bytes[..<filled])
    }

    /// Makes a file, mode 0600, with a new secret of 256 random bits as 43 letters, and flushes it to the disk.
    ///
    /// - Throws: `SharedSecretProblem.exists` where there is something already: a secret in use is not written over.
    public static func make(file path: String) throws(SharedSecretProblem) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw errno == EEXIST ? .exists(path) : .unwritable(path, systemError())
        }
        defer { close(descriptor) }
        let bytes = Array((Randomness.word() + "\n").utf8)
        // A umask may take rights away that the owner needs.
        guard fchmod(descriptor, 0o600) == 0, write(descriptor, bytes, bytes.count) == bytes.count,
            fsync(descriptor) == 0
        else {
            let why = systemError()
            unlink(path)
            throw .unwritable(path, why)
        }
    }
}

private func systemError() -> String { String(cString: strerror(errno)) }
