public import SagaCore
public import Storage

/// The account's books as steps: a run writes down what it made, changed or destroyed as it does so, instead of waiting
/// for the next sync to notice.
public struct CloudOperations: HostPlugin {
    public static let id = "cloud"

    let database: any Database
    let clock: any RunClock
    let adapter: @Sendable (_ provider: String) -> any StepAdapter

    /// - Parameters:
    ///   - database: with `CloudTables.migrations` applied.
    ///   - adapter: of a provider, by its plugin's id.
    public init(
        database: any Database, clock: any RunClock, adapter: @escaping @Sendable (String) -> any StepAdapter
    ) {
        self.database = database
        self.clock = clock
        self.adapter = adapter
    }

    public func perform(_ call: StepCall, saving save: (JSONValue) throws -> Void) -> StepOutcome {
        do {
            switch call.operation.operation {
            case "register_droplet": return try DropletRecord(call, self, .register).perform(save)
            case "refresh_droplet": return try DropletRecord(call, self, .refresh).perform(save)
            case "unregister_droplet": return try Unregistration(call, self).perform(save)
            case "mark_deleted": return try markDeleted(call)
            default: throw StepError(code: "unsupported", message: "there is no \(call.operation)", effect: .none)
            }
        } catch let failure as AdapterFailure {
            return .failed(failure.stepError, retry: failure.isWorthAnotherTry ? .yes : .no)
        } catch let refusal as any CloudRefusal {
            return .failed(StepError(code: "input", message: refusal.message, effect: .none), retry: .no)
        } catch let error as StepError {
            return .failed(error, retry: error.code == "not_found" ? .yes : .no)
        } catch {
            let message = (error as? StoreError)?.message ?? "\(error)"
            return .failed(
                StepError(code: "other", message: "the books could not be written: \(message)", effect: .none),
                retry: .yes)
        }
    }

    /// What was destroyed on purpose is a tombstone at once, and nothing is asked of it any more.
    private func markDeleted(_ call: StepCall) throws -> StepOutcome {
        let resource = Inventory.resourceID(
            provider: call.provider, kind: call.with["kind"]?.stringValue ?? "droplet",
            providerID: try call.idAtProvider("provider_id"))
        let wasLive = try database.transaction { connection in
            guard let row = try InventoryQueries.row(resource, connection) else { return false }
            _ = try SpecTable.remove(row.number, connection)
            let upsert = try ResourceUpsert(
                connection, provider: row.provider, source: .saga(run: call.run.description), at: clock.now)
            return try upsert.delete(resourceID: row.resourceID)
        }
        return .completed(output: ["resource_id": .string(resource), "was_live": .bool(wasLive)])
    }
}

/// A provider's plugin as a step of a run asks it.
public protocol StepAdapter: Sendable {
    /// Calls an operation once.
    ///
    /// - Parameters:
    ///   - checkpoint: what the operation saved when it asked to be called later.
    ///   - step: on whose behalf.
    func ask(
        _ operation: String, _ input: JSONObject, checkpoint: JSONValue?, for step: StepCall
    ) throws(AdapterFailure) -> AdapterAnswer
}

public enum AdapterAnswer: Sendable {
    case done(JSONObject)
    /// Not now: a limit of requests, say.
    case later(milliseconds: Int64, checkpoint: JSONValue?)
}

extension AdapterFailure {
    /// Asking changes nothing at the provider.
    var stepError: StepError {
        StepError(code: code, message: message, effect: .none, remoteStatus: remoteStatus)
    }

    var isWorthAnotherTry: Bool { ["rate", "network", "remote", "timeout"].contains(code) }
}

extension StepCall {
    var provider: String { with["provider"]?.stringValue ?? "digitalocean" }

    /// An id at the provider, written as number or text; where the step does not say, what an earlier one put there.
    func idAtProvider(_ key: String) throws(StepError) -> String {
        let value = with[key] ?? context[key]
        if let text = value?.stringValue, !text.isEmpty { return text }
        if let number = value?.intValue { return "\(number)" }
        throw StepError(
            code: "input", message: "\(operation) needs \(key), and no earlier step put one into the context",
            effect: .none)
    }
}
