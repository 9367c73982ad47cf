internal import Glibc
internal import Synchronization

/// The tokens that the host adds to requests. They stay here: no plugin, log, error or database sees one.
public final class Credentials: Sendable {
    /// A token is painted over wherever an answer repeats it; a shorter one stands in answers that do not mean it.
    static let fewestBytes = 8

    private let folder: String
    /// Taken out of the environment when the process started.
    private let variables: Mutex<[String: [UInt8]]>

    /// - Parameters:
    ///   - folder: where a credential's file is looked for, by its name. Not read before it is needed.
    ///   - variables: tokens from environment variables, by the variable's name.
    public init(folder: String, variables: [String: [UInt8]] = [:]) {
        self.folder = folder
        self.variables = Mutex(variables)
    }

    /// Takes these variables, too, before any plugin can see them.
    func take(variables names: [String]) {
        let taken = Self.takeFromEnvironment { names.contains($0) }
        variables.withLock { $0.merge(taken) { _, new in new } }
    }

    /// Takes environment variables out of this process, so that no plugin finds them there, nor in `/proc/self/environ`.
    ///
    /// - Parameter isSecret: by a variable's name. Called before any plugin is loaded and any thread started.
    public static func takeFromEnvironment(where isSecret: (String) -> Bool) -> [String: [UInt8]] {
        var taken: [String: [UInt8]] = [:]
        var place = environ
        while let entry = place.pointee {
            place += 1
            let text = String(cString: entry)
            guard let equals = text.firstIndex(of: "="), isSecret(String(text[..<equals])) else { continue }
            taken[String(text[..<equals])] = Array(text[text.index(after: equals)...].utf8)
            // Over the value itself: the kernel shows this memory to whoever reads the process's environment.
            let offset = text[...equals].utf8.count
            memset(entry + offset, 0, strlen(entry + offset))
        }
        for name in taken.keys { unsetenv(name) }
        return taken.filter { !$0.value.isEmpty }
    }

    /// Variables that hold tokens: those that manifests name, which this process cannot know before it has read them, so
    /// the words that such names have.
    public static func isTokenVariable(_ name: String) -> Bool {
        let words = name.split(separator: "_")
        return words.contains("TOKEN") || words.contains("SECRET") || words.contains("PASSWORD")
            || (words.contains("KEY") && (words.contains("API") || words.contains("ACCESS")))
    }

    /// A credential's token. The file is read each time: a new token counts from the next request on.
    ///
    /// - Parameter variant: whose calls it is for: `<name>.<variant>` comes before `<name>`, where there is such a file.
    func token(
        _ request: PluginCapabilities.CredentialRequest, variant: String? = nil
    ) throws(HTTPFailure) -> [UInt8] {
        try token(request.name, request.environment, variant)
    }

    private func token(_ given: String, _ environment: [String], _ variant: String?) throws(HTTPFailure) -> [UInt8] {
        if let variant {
            let name = given + "." + variant
            let file = folder + "/" + name
            if access(file, F_OK) == 0 { return try read(name, file) }
        }
        let file = folder + "/" + given
        if access(file, F_OK) == 0 { return try read(given, file) }
        for variable in environment {
            guard let token = variables.withLock({ $0[variable] }) else { continue }
            guard token.count >= Self.fewestBytes else { throw .credentialShort(given, from: variable) }
            return token
        }
        throw .credentialMissing(given, file: file, variables: environment)
    }

    /// Where a credential's token would come from; a sentence for an operator.
    public func whereabouts(of name: String, environment: [String]) -> String {
        let file = folder + "/" + name
        do throws(HTTPFailure) {
            _ = try token(name, environment, nil)
            if access(file, F_OK) == 0 { return "from \(file)" }
            let variable = environment.first { known in variables.withLock { $0[known] != nil } }
            return "from \(variable ?? "the environment")"
        } catch {
            return error.message
        }
    }

    private func read(_ name: String, _ file: String) throws(HTTPFailure) -> [UInt8] {
        var status = stat()
        guard stat(file, &status) == 0 else { throw .credentialFile(name, file: file, reason: systemError()) }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw .credentialFile(name, file: file, reason: "others may read it (mode 0\(mode)); run `chmod 600` on it")
        }
        guard let stream = fopen(file, "re") else {
            throw .credentialFile(name, file: file, reason: systemError())
        }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 8193)
        let count = fread(&bytes, 1, bytes.count, stream)
        let token = bytes[..<count].trimmingWhitespace
        guard count <= 8192, !token.isEmpty, token.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .credentialFile(name, file: file, reason: "expected one token of up to 8192 visible characters")
        }
        guard token.count >= Self.fewestBytes else { throw .credentialShort(name, from: file) }
        return Array(token)
    }
}

extension ArraySlice<UInt8> {
    fileprivate var trimmingWhitespace: ArraySlice<UInt8> {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let start = firstIndex { !isSpace($0) } ?? endIndex
        let end = lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
        return self[start..<Swift.max(start, end)]
    }
}
