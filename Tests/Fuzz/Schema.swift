internal import DefinitionGrammar

/// The schema for editors beside the check, over many definitions.
enum Schema {
    private static let part = 10_000

    /// - Returns: the exit code; 1: they disagree.
    static func compare(_ count: Int, seed: UInt64) -> Int32 {
        var sweep = SchemaSweep(seed: seed)
        while sweep.count < count { sweep.go(on: min(part, count - sweep.count)) }
        for disagreement in sweep.disagreements.prefix(20) { print(disagreement) }
        print(
            "schema: \(sweep.count) definitions, \(sweep.rejected) of them rejected,",
            "\(sweep.disagreements.count) judged otherwise")
        return sweep.disagreements.isEmpty ? 0 : 1
    }
}
