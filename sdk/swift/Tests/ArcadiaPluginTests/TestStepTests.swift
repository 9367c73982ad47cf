import ArcadiaPlugin
import ArcadiaPluginTesting
import Testing

/// The host that plugin authors test with.
@Suite struct TestStepTests {
    private func step(with: String = "{}", config: String = "{}") throws -> TestStep<Full> {
        try TestStep(Full.self, config: config, with: with)
    }

    @Test func `what execute returns comes back, and compensate gets it`() throws {
        let step = try step()
        let output = Full.Output(id: 7, labels_by_key: ["a": 1], big: .max)
        let returned = try Full.$body.withValue({ _ in output }) { try step.execute() }
        #expect(returned == output)
        try Full.$undo.withValue({ #expect($0.result?.id == 7) }) { try step.compensate() }
        step.loseResult()
        try Full.$undo.withValue({ #expect($0.result == nil) }) { try step.compensate() }
    }

    @Test func `what is saved with a timer is there in the next call, what was not made durable is not`() throws {
        let step = try step()
        let suspend: @Sendable (Call<Full>) throws -> Full.Output = { _ in
            throw Suspend(after: .seconds(3), saving: Full.Checkpoint(droplet_id: 42))
        }
        let thrown = Full.$body.withValue(suspend) { #expect(throws: Suspend.self) { try step.execute() } }
        #expect(thrown?.after == .seconds(3))
        #expect(step.checkpoint == #"{"droplet_id":42}"#)
        step.isDiskFull = true
        let save: @Sendable (Call<Full>) throws -> Full.Output = { call in
            #expect(call.checkpoint?.droplet_id == 42)
            try call.save(Full.Checkpoint(droplet_id: 43), effectSoFar: .partial)
            return Full.Output(id: 1)
        }
        let failure = Full.$body.withValue(save) { #expect(throws: StepFailure.self) { try step.execute() } }
        #expect(failure?.effect == .partial)
        #expect(failure?.retry == .yes)
        #expect(step.checkpoint == #"{"droplet_id":42}"#)
    }

    @Test func `a cancelled call, a probe, the context and the log`() throws {
        let step = try step()
        step.setContext(#"{"droplet":{"id":9007199254740993,"tags":["a","b/c"]},"x/y":true}"#)
        let found = try Full.$look.withValue({ call in
            #expect(call.context("/droplet/id", as: Int.self) == 9_007_199_254_740_993)
            #expect(call.context("/droplet/tags/1", as: String.self) == "b/c")
            #expect(call.context("x/y", as: Bool.self) == true)
            #expect(call.context("z", as: Bool.self) == nil)
            call.log(.info, "looked")
            return .applied(Full.Output(id: 3))
        }) { try step.probe() }
        #expect(found == .applied(Full.Output(id: 3)))
        #expect(step.logged == ["looked"])
        step.isCancelRequested = true
        Full.$body.withValue({ call in
            try call.checkCancellation(effect: .none)
            return Full.Output(id: 1)
        }) {
            let cancelled = #expect(throws: Cancelled.self) { try step.execute() }
            #expect(cancelled?.effect == Effect.none)
        }
    }

    @Test func `a plugin that refuses its configuration throws what it said`() {
        let failure = #expect(throws: StepFailure.self) { try step(config: #"{"refuse":true}"#) }
        #expect(failure?.code == .config)
        let plain = #expect(throws: StepFailure.self) {
            try TestStep(Plain.self, with: #"{"name":"x"}"#).compensate()
        }
        #expect(plain?.code == .unsupported)
    }
}
