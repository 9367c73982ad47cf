import SagaCore
import Testing

@testable import PluginHost

@Suite struct CrashLimitTests {
    private static func hours(_ hours: Double) -> Timestamp { Timestamp(milliseconds: Int64(hours * 3_600_000)) }

    @Test(arguments: [
        ([0.0, 10, 20], 3), ([0, 12, 24], 3), ([20, 0, 10], 3), ([0, 1, 2, 3], 4),
        // Broken once, broken for good: what came later was no reason.
        ([0, 1, 2, 5000], 3), ([0, 100, 200, 201, 202], 3),
    ])
    func `three crashes within a day break the limit, whenever that was`(times: [Double], crashes: Int) {
        #expect(CrashLimit.standard.broken(by: times.map(Self.hours)) == crashes)
    }

    @Test(arguments: [[], [0.0], [0, 1], [0, 12, 24.01], [0, 20, 40, 60, 80, 100]])
    func `crashes far from each other do not, however many`(times: [Double]) {
        #expect(CrashLimit.standard.broken(by: times.map(Self.hours)) == nil)
    }

    @Test func `the operator says how many and how long`() throws {
        let grant = try PluginGrant(reading: ["crashes": 1, "crash_hours": 2], plugin: "mine")
        #expect(grant.crashLimit == CrashLimit(crashes: 1, hours: 2))
        #expect(
            try PluginGrant(reading: ["crashes": 5], plugin: "mine").crashLimit == CrashLimit(crashes: 5, hours: 24))
        #expect(try PluginGrant(reading: [:], plugin: "mine").crashLimit == nil)
        #expect(throws: GrantMistake.wrong("mine.crashes", found: "0", expected: "a whole number above 0")) {
            try PluginGrant(reading: ["crashes": 0], plugin: "mine")
        }
    }
}
