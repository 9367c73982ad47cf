import ArcadiaPlugin
import Testing

/// What a definition's author, an operator and the next version of the plugin read when JSON does not fit.
@Suite struct DecodingTests {
    private let plugin = Loaded(Scripted.self)
    private let call = FakeCall()

    @Test(arguments: [
        ("{}", "`with.name` is missing"),
        (#"{"name":null}"#, "`with.name` is null, expected a string"),
        (#"{"name":5}"#, "`with.name` is not a string"),
        (#"{"name":"x","on":"yes"}"#, "`with.on` is not true or false"),
        (#"{"name":"x","ratio":"1"}"#, "`with.ratio` is not a number"),
        (#"{"name":"x","disks":{}}"#, "`with.disks` is not a list"),
        (#"{"name":"x","disks":[{"size":1},{}]}"#, "`with.disks[1].size` is missing"),
        (#"{"name":"x","disks":[{"size":"1"}]}"#, "`with.disks[0].size` is not a whole number"),
        (#"{"name":"x","labels":{"My_Key":1}}"#, "`with.labels.My_Key` is not a string"),
        (#"{"name":"x","labels":[]}"#, "`with.labels` is not an object"),
        (#"{"name":"x","disks":[{"size":300}]}"#, "`with` cannot be read: not JSON, or a number in it does not fit"),
        (
            #"{"name":"x","size":"huge"}"#,
            "`with.size` cannot be read: Cannot initialize Size from invalid String value huge"
        ),
    ])
    func `an input that does not fit is an INPUT failure that names the key`(input: String, message: String) {
        #expect(plugin.call(.execute, "plain", with: input, on: call) == arcadia_status(ARCADIA_FAILED))
        #expect(call.failure?.message == message)
        #expect(call.failure?.code == .input)
        #expect(call.failure?.effect == Effect.none)
        #expect(call.failure?.retry == arcadia_retry(ARCADIA_RETRY_NO))
    }

    @Test func `a checkpoint of another shape fails without touching anything`() {
        #expect(plugin.call(.execute, "full", checkpoint: #"{"id":1}"#, on: call) == arcadia_status(ARCADIA_FAILED))
        #expect(call.failure?.code == .other)
        #expect(call.failure?.effect == .unknown)
        #expect(
            call.failure?.message == "what an earlier call of this step saved: `checkpoint.droplet_id` is missing")
    }

    @Test func `a result of another shape fails without touching anything`() {
        #expect(plugin.call(.compensate, "full", result: "{}", on: call) == arcadia_status(ARCADIA_FAILED))
        #expect(call.failure?.effect == .unknown)
        #expect(call.failure?.message == "what execute returned: `result.id` is missing")
    }

    @Test func `a configuration of another shape is refused`() {
        let refused = Loaded(Scripted.self, config: #"{"limits":{"cpu":"4"}}"#)
        #expect(refused.status == arcadia_status(ARCADIA_FAILED))
        #expect(refused.instance == nil)
        #expect(refused.creating.failure?.code == .config)
        #expect(refused.creating.failure?.message == "`config.limits.cpu` is not a whole number")
    }

    @Test func `a plugin refuses its configuration by throwing`() {
        let refused = Loaded(Scripted.self, config: #"{"refuse":true}"#)
        #expect(refused.status == arcadia_status(ARCADIA_FAILED))
        #expect(refused.instance == nil)
        #expect(refused.creating.failure?.code == .config)
        #expect(refused.creating.failure?.message == "`refuse` must not be true")
    }

    @Test func `a plugin sees its configuration, with keys as they are`() {
        let plugin = Loaded(Scripted.self, config: #"{"greeting":"hi","limits":{"max_cpu":4}}"#)
        #expect(plugin.status == arcadia_status(ARCADIA_OK))
        let status = Full.$body.withValue({ call in
            #expect(call.plugin.config.greeting == "hi")
            #expect(call.plugin.config.limits == ["max_cpu": 4])
            return Full.Output(id: 1)
        }) {
            plugin.call(.execute, "full", on: call)
        }
        #expect(status == arcadia_status(ARCADIA_OK))
    }

    @Test func `an output that JSON cannot hold is a bug, after the effect`() {
        struct Hot: Plugin {
            struct Boil: Operation {
                typealias Owner = Hot
                static let name = "boil"
                struct Input: Decodable {}
                struct Output: Codable { var degrees: [Double] }
                func execute(_ call: Call<Boil>) throws -> Output { Output(degrees: [1, .infinity]) }
            }
            static let id = "hot"
            static let version = "1.0.0"
            static let operations: [any Operation<Hot>.Type] = [Boil.self]
            init(config: NoConfig) {}
        }
        #expect(Loaded(Hot.self).call(.execute, "boil", on: call) == arcadia_status(ARCADIA_FAILED))
        #expect(call.failure?.code == .bug)
        #expect(call.failure?.effect == .applied)
        #expect(call.failure?.message == "`the output.degrees[1]` cannot be written as JSON: inf")
    }
}
