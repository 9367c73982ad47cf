extension Finding {
    /// What was seen: a sentence without its full stop.
    public var words: String {
        switch self {
        case .refused(let reason): reason
        case .versionIsNone(let version): "its version is \"\(version)\""
        case .exportsMore(let names): "it also exports \(Self.list(names))"
        case .librariesMissing(let names): "this machine has no \(Self.list(names))"
        case .symbolsUndefined(let names): "nothing that it needs has \(Self.list(names))"
        case .executableStack: "it asks for a stack that can be executed"
        case .textRelocations: "its code is written to while it is loaded (TEXTREL)"
        case .writableCode: "a part of it can be both written and executed"
        case .relocationsWritable: "what the linker resolved can be written over later"
        case .runPaths(let paths): "it looks for libraries in \(Self.list(paths))"
        case .staticTLS: "it uses static thread-local storage, of which a process has little"
        case .uniqueSymbols(let names): "of \(Self.list(names)) there is one in the whole process"
        case .constructors(let count): "\(count) function\(count == 1 ? "" : "s") of its own run when it is loaded"
        case .operationsWithoutSummary(let names): "there is no summary of \(Self.list(names))"
        case .otherLanguage(let said, let found): "plugin.json says \(said); the library has \(found) in it"
        case .wideCapabilities(let names): "it asks for \(Self.list(names))"
        case .exampleUnfit(let place, let problem): "\(place): \(problem)"
        case .notLoaded(let said): "the dynamic linker does not take it: \(said)"
        case .slow(let what, let milliseconds, let most): "\(what) took \(milliseconds) ms of \(most)"
        case .changed(let change, let doing): "\(doing) changed \(change.what) from \(change.was) to \(change.now)"
        case .grows(let what, let doing, let from, let to): "\(doing): \(what) grew from \(from) to \(to)"
        case .printed(let text): "it printed \"\(text)\""
        case .extensionsForAll(let ids): "it has an extension for \(Self.list(ids.map { "\"\($0)\"" }))"
        case .createRefused(let error): "create failed with \(error.code): \(error.message)"
        case .createSilent(let status): "create returned status \(status) and gave no reason"
        case .healthSilent(let status): "health returned status \(status) and gave no reason"
        case .exampleFailed(let place, let error): "\(place) failed with \(error.code): \(error.message)"
        case .outputUnfit(let place, let problem): "\(place): its output does not fit: \(problem)"
        case .statusIsNone(let place, let status): "\(place) returned status \(status), which is none"
        case .contradiction(let place, let what): "\(place) \(what.words)"
        case .misuse(let place, let what): "\(place): \(what)"
        case .usedLate(let what): what
        case .okWithoutCheckpoint(let place): "\(place) returned OK although its checkpoint was not written"
        case .okWithoutService(let place): "\(place) neither returned OK nor said why not"
        case .inputEffect(let place, let effect): "\(place) said `input`, and the effect \(effect)"
        case .failureUnclear(let place, nil): "\(place) failed with no message"
        case .failureUnclear(let place, let message?): "\(place) failed with several lines: \(message)"
        case .mixed(let place): "\(place) gave another output beside other calls than alone"
        case .notTheSame(let place): "\(place) gave another output the second time, in a world like the first"
        case .unansweredEffect(let place, let effect):
            "\(place) got no answer to a request that was sent, and said the effect was \(effect)"
        case .silent(let place, let milliseconds, let most):
            "\(place) gave no sign of life for \(milliseconds) ms; its manifest says \(most)"
        case .inventory(let place, let mistake): "\(place) \(mistake.words)"
        case .moneyInBinary(let place, let spot): "\(place): \(spot) of its output is a number with a fraction"
        case .otherOutside(let place, let what): "\(place) gave another output outside a worker: \(what)"
        case .failedInLaw(let place, let error): "\(place) failed with \(error.code): \(error.message)"
        case .differs(let place, let law, let what): "\(place), \(law.words): \(what)"
        case .probeWrong(let place, let when, let found, let expected):
            "\(place): asked \(when), its probe found \(found); expected \(expected)"
        case .crashPoint(let place, let at, let then, let what): "\(place): killed \(at), then \(then): \(what)"
        }
    }

    /// The first few, with a count of the rest.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(3).joined(separator: ", ")
        return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
    }
}

extension Finding.Contradiction {
    fileprivate var words: String {
        switch self {
        case .okAfterFail: "returned OK after fail()"
        case .failedWithoutFail: "returned FAILED without fail()"
        case .suspendedWithoutSuspend: "returned SUSPENDED without suspend()"
        case .suspendThenOther: "called suspend() and returned another status"
        case .probeWithoutFound: "returned OK from probe without found()"
        case .foundOutsideProbe: "called found() where nobody probes"
        case .cancelledUnasked: "returned CANCELLED, and nobody had asked it to stop"
        }
    }
}

extension Finding.InventoryMistake {
    fileprivate var words: String {
        switch self {
        case .repeats(let id): "lists \(id) twice"
        case .missesInPages(let id): "lists \(id) at once, and on none of its pages"
        case .missesAtOnce(let id): "lists \(id) on a page, and not at once"
        case .goesInCircles(let cursor): "said again that \"\(cursor)\" is the next page"
        }
    }
}

extension Finding.Law {
    fileprivate var words: String {
        switch self {
        case .twiceIsOnce: "executed twice with one key"
        case .twiceGivesTheSame: "executed twice with one key, in its output"
        case .takenBack: "executed and taken back"
        case .takenBackTwice: "taken back twice"
        case .takenBackWithoutExecute: "taken back without having been executed"
        case .takenBackBesideAnother: "taken back beside another step of the operation"
        case .takenBackByCheckpoint: "taken back by its checkpoint, without the output"
        case .probeChangesNothing: "probed"
        case .readingChangesNothing: "executed, with nothing to take back"
        }
    }
}
