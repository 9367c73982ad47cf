internal import Glibc
internal import PluginHost
internal import SagaCore

/// The plugins that are developed under `arcadia dev --plugin`: each is built and loaded anew whenever it is saved.
final class DevPlugins: Sendable {
    let sources: [PluginSource]
    let stage: PluginStage
    let news: PluginNews
    private let watches: [SourceWatch]
    private let makes: [MakeRun]
    /// How many of them still watch.
    private let working = Monitor(0)

    /// - Parameter paths: what `--plugin` said.
    /// - Throws: one is no plugin, or two have one id.
    init(_ paths: [String], data: String) throws(Failure) {
        var sources: [PluginSource] = []
        for path in paths {
            let source = try PluginSource(path)
            guard !sources.contains(where: { $0.id == source.id }) else {
                throw Failure("dev.plugin_twice", "`--plugin` names plugin \"\(source.id)\" twice", exit: .usage)
            }
            sources.append(source)
        }
        self.sources = sources
        var watches: [SourceWatch] = []
        for _ in sources { watches.append(try SourceWatch()) }
        self.watches = watches
        makes = sources.map { _ in MakeRun() }
        stage = PluginStage(in: data)
        news = PluginNews(of: sources.map(\.id))
    }

    /// An operation of a plugin that was built, with an example of what it takes.
    func example(of source: PluginSource) -> (name: String, with: JSONValue)? {
        let manifest = PluginSource.json(stage.folder + "/\(source.id)/plugin.json") ?? [:]
        for operation in manifest.rows("operations") {
            guard let with = operation.rows("examples").first?["with"] else { continue }
            return ("\(source.id).\(operation.shown("name"))", with)
        }
        return nil
    }

    // MARK: - Before there is a host

    /// Builds each, again after every save until it can be built: a host needs something to begin with.
    ///
    /// - Returns: what was built from what; nil: somebody asked to stop.
    func buildAll(stoppedBy signals: StopSignals) throws(Failure) -> [SourceSnapshot]? {
        var snapshots: [SourceSnapshot] = []
        for number in sources.indices {
            guard let snapshot = try buildFirst(number, signals) else { return nil }
            snapshots.append(snapshot)
        }
        return snapshots
    }

    private func buildFirst(_ number: Int, _ signals: StopSignals) throws(Failure) -> SourceSnapshot? {
        let end = Monitor<Result<SourceSnapshot, Failure>?>(nil)
        if sources[number].isBuilt { news.tell(.building(sources[number].id)) }
        startThread { [self] in
            do throws(Failure) {
                let snapshot = try buildUntilItCanBe(number)
                end.change { $0 = .success(snapshot) }
            } catch {
                end.change { $0 = .failure(error) }
            }
        }
        while true {
            if let result = end.wait(milliseconds: 50, until: { $0 }) { return try result.get() }
            guard !signals.came(within: 0) else {
                stopAll()
                return nil
            }
        }
    }

    private func buildUntilItCanBe(_ number: Int) throws(Failure) -> SourceSnapshot {
        let source = sources[number]
        var (snapshot, changed) = (SourceSnapshot(source), [String]())
        watches[number].watch(snapshot.folders)
        while true {
            switch build(number) {
            case .built(let folder):
                try stage.put(folder, as: source.id)
                return snapshot
            case .failed(let said):
                news.tell(.buildFailed(source.id, changed: changed, output: said, kept: nil))
            }
            (snapshot, changed) = try nextSave(number, after: snapshot)
        }
    }

    private func nextSave(_ number: Int, after snapshot: SourceSnapshot) throws(Failure) -> (SourceSnapshot, [String]) {
        while watches[number].wait() {
            let now = SourceSnapshot(sources[number])
            watches[number].watch(now.folders)
            let changes = now.changes(from: snapshot)
            if !changes.isEmpty { return (now, changes) }
        }
        throw Failure("dev.stopped", "stopped before \"\(sources[number].id)\" was built", exit: .unavailable)
    }

    private enum Build {
        case built(String)
        case failed(String)
    }

    private func build(_ number: Int) -> Build {
        let source = sources[number]
        if let mistake = source.mistake { return .failed(mistake) }
        if source.isBuilt, case .failed(let said) = makes[number].run(in: source.folder) { return .failed(said) }
        guard let folder = source.built else {
            return .failed("make left no folder \"\(source.id)\" with a plugin.json, as build/\(source.id) would be")
        }
        guard PluginSource.id(in: folder) == source.id else {
            return .failed("its id is another now; end `arcadia dev` and begin it again")
        }
        return .built(folder)
    }

    // MARK: - While there is one

    /// Loads each, and again after every save.
    ///
    /// - Parameter snapshots: what the builds that are staged were made from.
    func begin(_ catalog: PluginCatalog, _ snapshots: [SourceSnapshot]) {
        for number in sources.indices {
            loadFirst(number, catalog)
            working.change { $0 += 1 }
            startThread { [self] in
                follow(number, catalog, snapshots[number])
                working.change { $0 -= 1 }
            }
        }
    }

    private func loadFirst(_ number: Int, _ catalog: PluginCatalog) {
        let id = sources[number].id
        do throws(PluginRefusal) {
            let image = try catalog.load(id)
            news.tell(
                .loaded(
                    id, hash: image?.hash ?? "", changed: [], milliseconds: nil, operations: catalog.operations(of: id))
            )
        } catch {
            news.tell(.refused(id, error, kept: nil))
        }
    }

    /// A save while it builds is found by the next snapshot, and builds once more.
    private func follow(_ number: Int, _ catalog: PluginCatalog, _ begun: SourceSnapshot) {
        var known = begun
        while true {
            let now = SourceSnapshot(sources[number])
            watches[number].watch(now.folders)
            let changes = now.changes(from: known)
            if !changes.isEmpty {
                known = now
                renew(number, catalog, changes)
            } else if !watches[number].wait() {
                return
            }
        }
    }

    private func renew(_ number: Int, _ catalog: PluginCatalog, _ changed: [String]) {
        let (source, begun) = (sources[number], ContinuousClock.now)
        do throws(Failure) {
            switch build(number) {
            case .failed(let said):
                news.tell(.buildFailed(source.id, changed: changed, output: said, kept: catalog.hash(of: source.id)))
            case .built(let folder):
                try stage.put(folder, as: source.id)
                reload(source.id, catalog, changed, since: begun)
            }
        } catch {
            news.tell(
                .buildFailed(source.id, changed: changed, output: error.message, kept: catalog.hash(of: source.id)))
        }
    }

    private func reload(
        _ id: String, _ catalog: PluginCatalog, _ changed: [String], since begun: ContinuousClock.Instant
    ) {
        guard let change = catalog.reload(id).changes.first(where: { $0.id == id }) else {
            return news.tell(.unchanged(id, changed: changed))
        }
        if let refusal = change.refusal {
            return news.tell(.refused(id, refusal, kept: change.old?.hash))
        }
        news.tell(
            .loaded(
                id, hash: change.new?.hash ?? "", changed: changed,
                milliseconds: begun.duration(to: .now).milliseconds, operations: catalog.operations(of: id)))
    }

    // MARK: - The end

    func stop() {
        stopAll()
        working.wait { $0 == 0 ? true : nil }
    }

    private func stopAll() {
        for watch in watches { watch.stop() }
        for make in makes { make.stop() }
    }
}

extension PluginCatalog {
    fileprivate func operations(of id: String) -> [String] {
        entry(id)?.manifest?.operations.map(\.name) ?? []
    }

    fileprivate func hash(of id: String) -> String? {
        entry(id).flatMap { $0.refusal == nil ? $0.image?.hash : nil }
    }
}
