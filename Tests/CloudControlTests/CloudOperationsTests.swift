import CloudControl
import SagaCore
import Testing

/// The account's books as steps of a run.
@Suite struct CloudOperationsTests {
    private let books: Books
    private let account = FakeAccount([.droplet(1), .droplet(2)])
    private let run: RunID

    init() throws {
        books = try Books()
        try books.sweep(account)
        var random = SystemRandomNumberGenerator()
        run = RunID(at: books.now + 1000, using: &random)
    }

    /// What a step has saved, as the journal would give it back.
    private final class Saved { var checkpoint: JSONValue? }

    private func operations(_ adapter: (any StepAdapter)? = nil) -> CloudOperations {
        let adapter = adapter ?? account
        return CloudOperations(database: books.database, clock: StoppedClock(now: books.now + 2000)) { _ in adapter }
    }

    private func call(
        _ operation: String, _ verb: StepVerb = .execute, with: JSONValue, context: JSONObject = [:],
        result: JSONObject? = nil, saved: Saved = Saved(), adapter: (any StepAdapter)? = nil
    ) -> StepOutcome {
        let call = StepCall(
            verb: verb, run: run, saga: "s", stepID: "x", stepNumber: 1,
            operation: OperationName(plugin: "cloud", operation: operation), attempt: 1, with: with, inputs: [:],
            context: context, result: result, checkpoint: saved.checkpoint, timeoutSeconds: nil, executedBy: nil,
            mark: CallMark(slot: 0, licence: 0))
        return operations(adapter).perform(call) { saved.checkpoint = $0 }
    }

    @Test func `a droplet that a run made is in the inventory at once, and asked to stay as it is`() throws {
        account.resources.append(.droplet(7, size: "s-2vcpu-2gb"))
        let output = call("register_droplet", with: ["droplet_id": 7]).output
        #expect(output["resource_id"] == "digitalocean:droplet:7")
        #expect(
            output["spec"]
                == ["size_slug": "s-2vcpu-2gb", "region": "nyc3", "image": "ubuntu-24-04-x64"])
        #expect(try books.inventory.show("7").name == "web-7")
        #expect(try books.events("7").map(\.source) == ["saga:\(run)"])
        let spec = try books.provisioning.show("7")
        #expect(spec.runID == run.description)
        #expect(spec.specVersion == 1)
        books.pass()
        #expect(try books.drift.detect(at: books.now).driftedFields == 0)
    }

    @Test func `registering again after a crash changes nothing`() throws {
        let saved = Saved()
        _ = call("register_droplet", with: ["droplet_id": 1], saved: saved)
        let again = call("register_droplet", with: ["droplet_id": 1], saved: saved)
        #expect(again.output["spec_version"] == 1)
        #expect(try books.kinds(of: "1") == [.discovered])
    }

    @Test func `taken back, a droplet nobody knew before is a tombstone, and nothing is asked of it`() throws {
        account.resources.append(.droplet(7))
        let saved = Saved()
        let output = call("register_droplet", with: ["droplet_id": 7], saved: saved).output
        _ = call("register_droplet", .compensate, with: ["droplet_id": 7], result: output, saved: saved)
        #expect(try books.kinds(of: "digitalocean:droplet:7") == [.discovered, .deleted])
        #expect(throws: ProvisioningRefusal.notProvisioned("digitalocean:droplet:7")) {
            try books.provisioning.show("digitalocean:droplet:7")
        }
    }

    @Test func `taken back, a droplet that was there before stays, with what was asked of it before`() throws {
        try books.provisioning.set("1", ["size_slug": "s-8vcpu-16gb"], at: books.now)
        let saved = Saved()
        let output = call("register_droplet", with: ["droplet_id": 1], saved: saved).output
        #expect(try books.provisioning.show("1").spec["size_slug"] == "s-1vcpu-1gb")
        _ = call("register_droplet", .compensate, with: ["droplet_id": 1], result: output, saved: saved)
        let spec = try books.provisioning.show("1")
        #expect(spec.spec == ["size_slug": "s-8vcpu-16gb"])
        #expect(spec.runID == nil)
        #expect(try books.inventory.show("1").deletedAt == nil)
    }

    @Test func `taken back, what somebody has asked for since stays`() throws {
        try books.provisioning.set("1", ["size_slug": "a"], at: books.now)
        let saved = Saved()
        let output = call("register_droplet", with: ["droplet_id": 1], saved: saved).output
        try books.provisioning.set("1", ["size_slug": "b"], at: books.now)
        _ = call("register_droplet", .compensate, with: ["droplet_id": 1], result: output, saved: saved)
        #expect(try books.provisioning.show("1").spec["size_slug"] == "b")
    }

    @Test func `taking back what never began does nothing`() throws {
        try books.provisioning.set("1", ["size_slug": "a"], at: books.now)
        for operation in ["register_droplet", "refresh_droplet", "unregister_droplet"] {
            _ = call(operation, .compensate, with: ["droplet_id": 1])
        }
        #expect(try books.provisioning.show("1").specVersion == 1)
        #expect(try books.kinds(of: "1") == [.discovered])
    }

    @Test func `a refresh changes what is asked only where something is asked, and is taken back`() throws {
        account.resources[0] = .droplet(1, size: "s-2vcpu-2gb")
        let with: JSONValue = ["droplet_id": 1, "spec": ["size_slug": "s-2vcpu-2gb"]]
        #expect(call("refresh_droplet", with: with).output["spec"] == .null)
        #expect(try books.inventory.show("1").sizeSlug == "s-2vcpu-2gb")

        try books.provisioning.recordProvisioned(
            "1", spec: ["size_slug": "s-1vcpu-1gb", "region": "nyc3"], runID: "r-1", at: books.now)
        let saved = Saved()
        let output = call("refresh_droplet", with: with, saved: saved).output
        #expect(output["spec"] == ["size_slug": "s-2vcpu-2gb", "region": "nyc3"])
        #expect(try books.provisioning.show("1").runID == "r-1")
        _ = call("refresh_droplet", .compensate, with: with, result: output, saved: saved)
        #expect(try books.provisioning.show("1").spec == ["size_slug": "s-1vcpu-1gb", "region": "nyc3"])
    }

    @Test func `an unregistered droplet is there and asked nothing; taken back, it is asked as before`() throws {
        try books.provisioning.recordProvisioned("1", spec: ["region": "nyc3"], runID: "r-1", at: books.now)
        let saved = Saved()
        let output = call("unregister_droplet", with: ["droplet_id": "1"], saved: saved).output
        #expect(output["was_registered"] == true)
        #expect(try books.provisioning.list().isEmpty)
        #expect(try books.inventory.show("1").deletedAt == nil)
        _ = call("unregister_droplet", .compensate, with: ["droplet_id": "1"], result: output, saved: saved)
        #expect(try books.provisioning.show("1").runID == "r-1")
        #expect(call("unregister_droplet", with: ["droplet_id": 99]).output["was_registered"] == false)
    }

    @Test func `what was destroyed on purpose is a tombstone at once and never drifts`() throws {
        try books.provisioning.set("1", ["region": "nyc3"], at: books.now)
        #expect(call("mark_deleted", with: ["provider_id": 1]).output["was_live"] == true)
        #expect(call("mark_deleted", with: ["provider_id": 1]).output["was_live"] == false)
        #expect(call("mark_deleted", with: ["provider_id": 99]).output["was_live"] == false)
        #expect(try books.kinds(of: "digitalocean:droplet:1") == [.discovered, .deleted])
        books.pass()
        #expect(try books.drift.detect(at: books.now).checked == 0)
    }

    @Test func `a provider in trouble leaves the books as they are, and the step is tried again`() throws {
        account.forgetCalls()
        account.failures = [1: AdapterFailure(code: "remote", message: "the provider is away", remoteStatus: 503)]
        guard case .failed(let error, .yes) = call("register_droplet", with: ["droplet_id": 1]) else {
            Issue.record("it did not fail as a thing worth another try")
            return
        }
        #expect(error == StepError(code: "remote", message: "the provider is away", effect: .none, remoteStatus: 503))
        #expect(try books.provisioning.list().isEmpty)
    }

    @Test func `a droplet that is not there is a sentence`() {
        guard case .failed(let error, .yes) = call("register_droplet", with: ["droplet_id": 99]) else {
            Issue.record("it did not fail")
            return
        }
        #expect(error.code == "not_found")
        #expect(error.message == "digitalocean has no droplet 99")
        guard case .failed(let unnamed, .no) = call("register_droplet", with: [:]) else {
            Issue.record("it did not fail")
            return
        }
        #expect(
            unnamed.message
                == "cloud.register_droplet needs droplet_id, and no earlier step put one into the context")
    }

    @Test func `a limit of requests puts the step to sleep, and what was asked before is remembered`() throws {
        try books.provisioning.set("1", ["size_slug": "a"], at: books.now)
        let saved = Saved()
        guard
            case .suspended(let milliseconds, let checkpoint) = call(
                "register_droplet", with: ["droplet_id": 1], saved: saved, adapter: Busy())
        else {
            Issue.record("it did not sleep")
            return
        }
        #expect(milliseconds == 1500)
        #expect(
            checkpoint
                == ["before": ["spec": ["size_slug": "a"], "run_id": .null], "adapter": ["turn": 3]])
    }
}

/// Has no time just now.
private struct Busy: StepAdapter {
    func ask(
        _ operation: String, _ input: JSONObject, checkpoint: JSONValue?, for step: StepCall
    ) throws(AdapterFailure) -> AdapterAnswer { .later(milliseconds: 1500, checkpoint: ["turn": 3]) }
}

private struct StoppedClock: RunClock {
    let now: Timestamp
    func setAlarm(at moment: Timestamp?, _ ring: @escaping @Sendable () -> Void) {}
}

extension FakeAccount: StepAdapter {
    func ask(
        _ operation: String, _ input: JSONObject, checkpoint: JSONValue?, for step: StepCall
    ) throws(AdapterFailure) -> AdapterAnswer { .done(try call(operation, input)) }
}

extension StepOutcome {
    /// Of a step that was completed; else nothing.
    fileprivate var output: JSONObject {
        if case .completed(let output) = self { return output }
        return [:]
    }
}
