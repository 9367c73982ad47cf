internal import SagaCore

/// What is wrong with a plugin. The words are in `Finding+Words.swift`.
public enum Finding: Sendable {
    /// As the host would refuse it; its words.
    case refused(String)

    // The files
    case versionIsNone(String)
    case exportsMore([String])
    case librariesMissing([String])
    case symbolsUndefined([String])
    case executableStack, textRelocations, writableCode, relocationsWritable
    case runPaths([String])
    case staticTLS
    case uniqueSymbols([String])
    case constructors(Int)
    case operationsWithoutSummary([String])
    case otherLanguage(said: String, found: String)
    case wideCapabilities([String])
    case exampleUnfit(String, String)

    // The process it is loaded into
    case notLoaded(String)
    case slow(String, milliseconds: Int64, most: Int64)
    case changed(Change, doing: String)
    case grows(String, doing: String, from: Int64, to: Int64)
    case printed(String)
    case extensionsForAll([String])

    // Its answers
    case createRefused(StepErrorText)
    case createSilent(status: Int64)
    case healthSilent(status: Int64)
    case exampleFailed(String, StepErrorText)
    case outputUnfit(String, String)
    case statusIsNone(String, Int64)
    case contradiction(String, Contradiction)
    case misuse(String, String)
    case usedLate(String)
    case okWithoutCheckpoint(String)
    case okWithoutService(String)
    case inputEffect(String, String)
    /// - Parameter message: nil: there was none.
    case failureUnclear(String, message: String?)
    case mixed(String)
    case notTheSame(String)
    case unansweredEffect(String, String)
    case silent(String, milliseconds: Int64, most: Int64)

    // Of an adapter, and of where it runs
    case inventory(String, InventoryMistake)
    /// - Parameters: the operation, and where in its output.
    case moneyInBinary(String, String)
    case otherOutside(String, String)

    // The laws of a step
    case failedInLaw(String, StepErrorText)
    case differs(String, Law, String)
    case probeWrong(String, when: String, found: String, expected: String)
    case crashPoint(String, at: String, then: String, String)

    public struct Change: Sendable {
        let what: String
        let was: String
        let now: String
    }

    public struct StepErrorText: Sendable {
        let code: String
        let message: String
        let effect: String

        init(_ json: JSONValue?) {
            code = json?["code"]?.stringValue ?? "none"
            message = json?["message"]?.stringValue ?? "it gave no reason"
            effect = json?["effect"]?.stringValue ?? "unknown"
        }
    }

    /// A status that does not go with what was said before it.
    public enum Contradiction: Sendable {
        case okAfterFail, failedWithoutFail, suspendedWithoutSuspend, suspendThenOther, probeWithoutFound
        case foundOutsideProbe, cancelledUnasked
    }

    /// Each names a resource, the last a cursor.
    public enum InventoryMistake: Sendable {
        case repeats(String), missesInPages(String), missesAtOnce(String), goesInCircles(String)
    }

    public enum Law: Sendable {
        case twiceIsOnce, twiceGivesTheSame, takenBack, takenBackTwice, takenBackWithoutExecute
        case takenBackByCheckpoint, takenBackBesideAnother, probeChangesNothing, readingChangesNothing
    }
}
