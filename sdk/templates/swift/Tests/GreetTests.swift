import ArcadiaPlugin
import ArcadiaPluginTesting
import Foundation
import Testing

@testable import greeter_plugin

/// The plugin against a host of its own: make test.
@Suite struct GreetTests {
    private let folder = Folder()

    private func step(_ name: String = "Ada", in path: String? = nil) throws -> TestStep<Greet> {
        try TestStep(Greet.self, config: #"{"folder":"\#(path ?? folder.path)"}"#, with: #"{"name":"\#(name)"}"#)
    }

    @Test func `greets, and takes it back`() throws {
        let greeting = try step()
        #expect(try greeting.execute().file == folder.path + "/Ada.txt")
        #expect(folder.files == ["Ada.txt"])
        try greeting.compensate()
        #expect(folder.files == [])
        try greeting.compensate()
    }

    @Test func `survives a crash`() throws {
        let greeting = try step()
        #expect(try greeting.probe() == .nothing)
        try greeting.execute()
        greeting.loseResult()
        try greeting.execute()
        #expect(folder.files == ["Ada.txt"])
        #expect(try greeting.probe() == .applied(Greet.Output(file: folder.path + "/Ada.txt")))
        try greeting.compensate()
        #expect(folder.files == [])
    }

    @Test func `does nothing without a checkpoint`() throws {
        let greeting = try step()
        greeting.isDiskFull = true
        let failure = #expect(throws: StepFailure.self) { try greeting.execute() }
        #expect(failure?.effect == Effect.none)
        #expect(folder.files == [])
    }

    @Test func `leaves alone what somebody else wrote`() throws {
        try "somebody else's".write(toFile: folder.path + "/Ada.txt", atomically: true, encoding: .utf8)
        let greeting = try step()
        let failure = #expect(throws: StepFailure.self) { try greeting.execute() }
        #expect(failure?.code == .conflict)
        #expect(failure?.effect == Effect.none)
        try greeting.compensate()
        #expect(folder.files == ["Ada.txt"])
    }

    @Test func `refuses a path for a name`() throws {
        let greeting = try step("../Ada")
        let failure = #expect(throws: StepFailure.self) { try greeting.execute() }
        #expect(failure?.code == .input)
        #expect(folder.files == [])
    }

    @Test func `refuses a folder that cannot be`() throws {
        let failure = #expect(throws: StepFailure.self) { try step(in: "/no/such/place") }
        #expect(failure?.code == .config)
    }
}

/// A folder that is gone when its owner is.
private final class Folder: Sendable {
    let path = NSTemporaryDirectory() + "greeter-" + UUID().uuidString

    init() { try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Hidden ones, too.
    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
}
