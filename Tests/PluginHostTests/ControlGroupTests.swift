import Foundation
import Glibc
import Testing

@testable import PluginHost

/// A worker's control group, where this system lets one be made.
@Suite(
    .enabled(if: ControlGroups.areAvailable, "this system lets nobody here make a control group that keeps memory"))
struct ControlGroupTests {
    /// A shell that begins when it is in the group; how it ended. What it starts may go on.
    private static func run(_ script: String, in group: ControlGroup) -> Int32 {
        let number = TemporaryLines()
        let shell = popen("echo $$ > \(number.path); read begin; (\(script)) 2> /dev/null", "w")!
        while number.all.isEmpty { sched_yield() }
        group.take(pid_t(number.all[0])!)
        fputs("go\n", shell)
        fflush(shell)
        return pclose(shell)
    }

    @Test func `what is in it shares its memory, and the kernel's word for having had too much is heard`() throws {
        let group = try #require(ControlGroup(memoryBytes: 64 << 20))
        #expect(Self.run("head -c 10000000 /dev/zero | tail > /dev/null", in: group) == 0)
        #expect(!group.ranOutOfMemory)
        #expect(Self.run("head -c 300000000 /dev/zero | tail > /dev/null", in: group) != 0)
        #expect(group.ranOutOfMemory)
        group.remove()
    }

    @Test func `it holds so many tasks and no more, and its end is the end of all`() throws {
        let group = try #require(ControlGroup(memoryBytes: 1 << 30))
        let started = TemporaryLines()
        let status = Self.run(
            "i=0; while [ $i -lt 700 ]; do setsid sleep 1000 & echo x >> \(started.path); i=$((i + 1)); done", in: group
        )
        #expect(status != 0)
        #expect((300..<ControlGroup.taskLimit).contains(started.all.count))
        #expect(!group.members.isEmpty)
        group.end()
        while !group.members.isEmpty { sched_yield() }
        group.remove()
        #expect(group.isGone)
    }
}

/// A file that grows by a line each time.
private final class TemporaryLines {
    let path = FileManager.default.temporaryDirectory.path + "/arcadia-lines-\(UUID().uuidString)"
    var all: [Substring] { (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n") ?? [] }
    deinit { unlink(path) }
}

private enum ControlGroups {
    static let areAvailable: Bool = {
        let group = ControlGroup(memoryBytes: 64 << 20)
        group?.remove()
        return group != nil
    }()
}
