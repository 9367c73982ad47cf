internal import Glibc
internal import PluginHost
internal import SagaCore

/// A plugin that is checked: what is known of its files, and what it takes to try it.
public final class Examination: Sendable {
    let folder: PluginFolder
    let manifest: PluginManifest?
    let manifestRefusal: PluginRefusal?
    let trustRefusal: PluginRefusal?
    let library: [UInt8]?
    /// Why the library is none for this machine.
    let libraryProblem: String?
    let facts: LibraryFacts?
    let linker: LinkerView?
    let sheet: CheckSheet
    let options: CheckOptions
    /// Temporary: copies of the library, and worlds.
    let workshop: Workshop
    let server: FakeServer?
    private let sharedHTTP: HTTPService

    /// Reads everything that can be read.
    ///
    /// - Throws: `CheckProblem`: the check cannot be made, whatever the plugin is like.
    public init(_ path: String, _ options: CheckOptions) throws(CheckProblem) {
        self.options = options
        guard let real = realpath(path, nil) else { throw CheckProblem(.noFolder(path)) }
        defer { free(real) }
        let folder = PluginFolder(String(cString: real))
        self.folder = folder
        let manifest = Result { () throws(PluginRefusal) in try folder.manifest() }
        self.manifest = try? manifest.get()
        manifestRefusal = manifest.refusal
        var trust = Result { () throws(PluginRefusal) in try folder.checkTrust() }.refusal
        var bytes: [UInt8]?
        var problem: String?
        if let manifest = self.manifest {
            let library = Result { () throws(PluginRefusal) in try folder.library(manifest) }
            bytes = try? library.get()
            switch library.refusal?.fact {
            case nil: break
            case .noLibrary: problem = library.refusal?.reason
            default:
                trust = trust ?? library.refusal
                bytes = try? PluginFolder.bytes(of: folder.libraryPath(manifest))
                problem = bytes == nil ? library.refusal?.reason : nil
            }
        }
        let facts = bytes.map { bytes in Result { () throws(PluginRefusal.Fact) in try LibraryFacts(bytes) } }
        if case .failure(let fact) = facts { problem = PluginRefusal(fact, path: "").reason }
        trustRefusal = trust
        library = bytes
        libraryProblem = problem
        self.facts = try? facts?.get()
        linker = self.facts.map { LinkerView($0, folder: folder.path) }
        sheet = try CheckSheet(beside: folder)
        workshop = try Workshop(library: bytes, id: self.manifest?.id)
        sharedHTTP = HTTPService(credentials: workshop.credentials(self.manifest))
        if let file = options.cassette { _ = try Self.cassette(file) }
        server = try sheet.server.map { sheet throws(CheckProblem) in try FakeServer(sheet) }
    }

    /// The plugin's id, or its folder's name where the manifest does not say.
    public var name: String { manifest?.id ?? folder.path.split(separator: "/").last.map(String.init) ?? folder.path }

    /// A recording is played from its beginning in each try.
    var http: HTTPService {
        guard let file = options.cassette, let cassette = try? Self.cassette(file) else { return sharedHTTP }
        return HTTPService(credentials: workshop.credentials(manifest), cassette: cassette)
    }

    private static func cassette(_ file: String) throws(CheckProblem) -> Cassette {
        let text = access(file, R_OK) == 0 ? (try? PluginFolder.bytes(of: file)) : nil
        do throws(CassetteProblem) {
            return try Cassette(playing: file, text: text.map { String(decoding: $0, as: UTF8.self) })
        } catch {
            throw CheckProblem(.cassette(error.message))
        }
    }
}

extension Result where Failure == PluginRefusal {
    fileprivate var refusal: PluginRefusal? { if case .failure(let refusal) = self { refusal } else { nil } }
}

/// How a plugin is checked.
public struct CheckOptions: Sendable {
    public var level = 4
    public var only: [String] = []
    public var skip: [String] = []
    public var seed: UInt64 = 1
    /// The plugin is loaded into this process.
    public var isInThisProcess = false
    /// Plays recorded HTTP.
    public var cassette: String?

    public init() {}
}
