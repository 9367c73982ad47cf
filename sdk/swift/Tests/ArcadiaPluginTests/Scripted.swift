import ArcadiaPlugin

/// A plugin whose operations do what a test tells them to.
struct Scripted: Plugin {
    static let id = "scripted"
    static let version = "1.2.3"
    static let operations: [any Operation<Scripted>.Type] = [Plain.self, Full.self, Add.self]

    struct Config: Decodable, Sendable {
        var greeting: String?
        var limits: [String: Int]?
        var refuse: Bool?
    }

    let config: Config

    init(config: Config) throws {
        if config.refuse == true { throw StepFailure(.config, "`refuse` must not be true", effect: .none) }
        self.config = config
    }

    func health(_ call: HostCall) throws {
        if config.greeting == "ill" { throw StepFailure(.auth, "the token expired", effect: .none) }
    }
}

/// Neither compensable nor probeable.
struct Plain: Operation {
    typealias Owner = Scripted
    static let name = "plain"
    struct Input: Decodable {
        struct Disk: Decodable { var size: Int8 }
        enum Size: String, Decodable { case small, large }
        var name: String
        var on: Bool?
        var ratio: Double?
        var disks: [Disk]?
        var labels: [String: String]?
        var size: Size?
    }

    func execute(_ call: Call<Plain>) throws -> NoOutput { NoOutput() }
}

/// Does what the test says.
struct Full: Operation, Compensable, Probeable {
    typealias Owner = Scripted
    static let name = "full"
    struct Input: Decodable {}
    struct Output: Codable, Equatable {
        var id: Int
        var labels_by_key: [String: Int]?
        var big: UInt64?
    }
    struct Checkpoint: Codable, Equatable, Sendable {
        var droplet_id: Int
        var note: String?
    }

    @TaskLocal static var body: @Sendable (Call<Full>) throws -> Output = { _ in Output(id: 1) }
    @TaskLocal static var undo: @Sendable (Call<Full>) throws -> Void = { _ in }
    @TaskLocal static var look: @Sendable (Call<Full>) throws -> Finding<Output> = { _ in .nothing }

    func execute(_ call: Call<Full>) throws -> Output { try Self.body(call) }
    func compensate(_ call: Call<Full>) throws { try Self.undo(call) }
    func probe(_ call: Call<Full>) throws -> Finding<Output> { try Self.look(call) }
}

/// Something to do from many threads.
struct Add: Operation {
    typealias Owner = Scripted
    static let name = "add"
    struct Input: Decodable {
        var a: Int
        var b: Int
    }
    struct Output: Codable { var sum: Int }

    func execute(_ call: Call<Add>) throws -> Output { Output(sum: call.input.a + call.input.b) }
}
