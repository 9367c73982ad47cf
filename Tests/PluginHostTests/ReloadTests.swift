import ArcadiaTesting
import Foundation
import PluginHost
import SagaCore
import Testing

/// What reading the plugin folders anew comes to, without runs.
@Suite struct ReloadTests {
    private let plugins = TemporaryFolder()
    private let data = TemporaryFolder()

    private func catalog() -> PluginCatalog {
        PluginCatalog(
            search: PluginSearch(given: [plugins.path], environment: [:], executable: nil), dataFolder: data.path)
    }

    private func install(_ built: String) throws {
        try? FileManager.default.removeItem(atPath: plugins.path + "/diary")
        try FileManager.default.copyItem(atPath: built + "/diary", toPath: plugins.path + "/diary")
    }

    private func image(_ catalog: PluginCatalog) -> PluginImage? { catalog.images(of: ["diary"]).first }

    private func write(_ name: String, _ text: String) throws {
        let url = URL(fileURLWithPath: plugins.path + "/diary/" + name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }

    @Test func `the lines say what became of each plugin`() throws {
        let catalog = catalog()
        #expect(catalog.reload().lines == ["no plugin changed; 0 as before"])
        try install(BuiltPlugins.diary("1.0.0"))
        func lines() -> [String] {
            catalog.reload().lines.map { $0.replacing(/build [0-9a-f]{8}/, with: "build #") }
        }
        #expect(lines() == ["plugin \"diary\" is new: 1.0.0 (build #)"])
        _ = image(catalog)
        #expect(lines() == ["no plugin changed; 1 as before"])
        try install(BuiltPlugins.diary("2.0.0"))
        #expect(lines() == ["plugin \"diary\" is 2.0.0 (build #) now, in the place of 1.0.0 (build #)"])
        try install(BuiltPlugins.diary("3.0.0", "-DDIARY_BROKEN"))
        #expect(
            lines() == [
                "plugin \"diary\" was refused, 3.0.0 (build #): its entry gave no plugin, and said nothing; 2.0.0 (build #) stays in use"
            ])
        try FileManager.default.removeItem(atPath: plugins.path + "/diary")
        #expect(
            lines() == [
                "plugin \"diary\" is gone: 2.0.0 (build #); runs that began with it go on with its copy"
            ])
    }

    @Test func `a build is its manifest, its library and what else is kept, and not the rest of its folder`() throws {
        try install(BuiltPlugins.diary("1.0.0"))
        let catalog = catalog()
        let first = try #require(image(catalog))
        func changes() -> Bool {
            let before = image(catalog)
            _ = catalog.reload()
            return image(catalog) != before
        }
        try write("README.md", "words")
        try write("src/diary.c", "int x;")
        #expect(!changes())
        try write("resources/words.txt", "a")
        #expect(changes())
        try write("resources/words.txt", "b")
        #expect(changes())
        try write("definitions/one.json", "[]")
        #expect(changes())
        let manifest = plugins.path + "/diary/plugin.json"
        try (String(contentsOfFile: manifest, encoding: .utf8) + "\n").write(
            toFile: manifest, atomically: true, encoding: .utf8)
        #expect(changes())
        let last = try #require(image(catalog))
        #expect(first.version == last.version && first.hash != last.hash)
        #expect(data.tree("store/\(last.hash)/diary")["resources/words.txt"] == "b")
        #expect(data.tree("store/\(first.hash)/diary").keys.sorted() == ["libdiary.so", "plugin.json"])
    }

    @Test func `only the plugin that is named is read anew`() throws {
        try install(BuiltPlugins.diary("1.0.0"))
        try FileManager.default.copyItem(atPath: BuiltPlugins.folder + "/core", toPath: plugins.path + "/core")
        let catalog = catalog()
        _ = catalog.images(of: ["core", "diary"])
        try install(BuiltPlugins.diary("2.0.0"))
        try FileManager.default.removeItem(atPath: plugins.path + "/core")
        let reload = catalog.reload("diary")
        #expect(reload.changes.map(\.id) == ["diary"])
        #expect(reload.changes.map(\.outcome) == [.replaced])
        #expect(catalog.ids.sorted() == ["core", "diary"])
        #expect(catalog.reload("core").changes.map(\.outcome) == [.gone])
        #expect(catalog.ids == ["diary"])
    }

    @Test func `the old version says what it has, to who keeps it`() throws {
        try install(BuiltPlugins.diary("1.0.0"))
        let catalog = catalog()
        let old = try #require(image(catalog))
        try install(BuiltPlugins.diary("2.0.0"))
        _ = catalog.reload()
        let legacy = try #require(OperationName("diary.legacy"))
        guard case .found = catalog.lookUp(legacy, of: old) else { throw Missing() }
        guard case .noOperation = catalog.lookUp(legacy, of: nil) else { throw Missing() }
        // Another host, that never had the old one installed, reads it in the store.
        guard case .found = self.catalog().lookUp(legacy, of: old) else { throw Missing() }
    }

    @Test func `the worker of an old version goes when nobody called for a while, and comes back with the next call`()
        throws
    {
        try install(BuiltPlugins.diary("1.0.0"))
        try FileManager.default.createDirectory(atPath: data.path + "/diary", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: program, withDestinationPath: Arcadia.program)
        let catalog = PluginCatalog(
            search: PluginSearch(given: [plugins.path], environment: [:], executable: nil), dataFolder: data.path,
            placement: PlacementPolicy(program: program, ownFolder: nil, onlyWorkers: true))
        let marks = try CallMarkFile(dataFolder: data.path)
        let dispatcher = PluginDispatcher(catalog: catalog, threads: HostThreads(), marks: marks, idleSeconds: 0)
        let old = try #require(image(catalog))
        #expect(workers == 1)
        try install(BuiltPlugins.diary("2.0.0"))
        _ = catalog.reload()
        #expect(workers == 2)
        dispatcher.watch()
        let end = ContinuousClock.now + .seconds(20)
        while workers > 1, ContinuousClock.now < end {}
        #expect(workers == 1)
        #expect(image(catalog)?.version == "2.0.0")
        let heard = Heard()
        dispatcher.perform(call(begunWith: old, marks), reportingTo: heard)
        #expect(heard.image.withLock { $0 } == old)
        #expect(data.tree("diary") == ["diary": "1.0.0 write one\n"])
        #expect(workers == 2)
        marks.retire()
    }

    private func call(begunWith image: PluginImage, _ marks: CallMarkFile) -> StepCall {
        var random = SystemRandomNumberGenerator()
        let run = RunID(at: Timestamp(milliseconds: 1_700_000_000_000), using: &random)
        return StepCall(
            verb: .execute, run: run, saga: "test", stepID: "one", stepNumber: 1,
            operation: OperationName(plugin: "diary", operation: "write"), attempt: 1, with: [:], inputs: [:],
            context: [:], result: nil, checkpoint: nil, timeoutSeconds: nil, executedBy: nil, begunWith: image,
            mark: CallMark(slot: marks.acquire(for: RunKey(number: 1), id: run), licence: 0))
    }

    /// The host's program under a name of this test's own: other tests have workers at the same time.
    private var program: String { data.path + "/" + Self.name }
    private static let name = "arcadia-reload"

    /// Workers of this process that were started under that name.
    private var workers: Int {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.filter { process in
            let words = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8))?.split(
                separator: "\0")
            return words?.dropFirst().map(String.init) == ["worker", "\(ProcessInfo.processInfo.processIdentifier)"]
                && (try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)) == Self.name + "\n"
        }.count
    }

    private final class Heard: StepCallReporter {
        let image = Monitor<PluginImage?>(nil)
        func began(by image: PluginImage, cancel: any CallCancellation) { self.image.withLock { $0 = image } }
        func checkpoint(_ checkpoint: JSONValue) throws {}
        var isCancelRequested: Bool { false }
        func ended(_ outcome: StepOutcome) {}
        func gaveUp(_ outcome: StepOutcome) {}
    }

    private struct Missing: Error {}
}
