internal import SagaCore

/// The jq that an evaluator compiles: each expression a function, and one that calls the one asked for. The input is
/// `[which, scope]`.
enum EvaluatorText {
    /// What no expression may call, with the number of its arguments: whoever gets past the check finds an error here.
    static let shadowed = [
        "env/0", "now/0", "localtime/0", "strflocaltime/1", "input/0", "_input/0", "inputs/0", "input_filename/0",
        "input_line_number/0", "debug/0", "debug/1", "stderr/0", "halt/0", "halt_error/0", "halt_error/1",
        "get_search_list/0", "get_prog_origin/0", "get_jq_origin/0", "modulemeta/0",
    ]

    static func program(_ sources: [String]) -> String {
        let functions = sources.enumerated().map { "def e\($0): (\($1)\n);\n" }.joined()
        return shadows + "null as $ENV | null as $__prog_args |\n" + functions + ".[0] as $which | .[1] | "
            + choice(0..<sources.count)
    }

    private static let shadows = shadowed.map { function in
        let parts = function.split(separator: "/")
        let parameters = parts[1] == "0" ? "" : "(a)"
        return "def \(parts[0])\(parameters): error(\"`\(parts[0])` is not for expressions\");\n"
    }.joined()

    /// By halves: a long chain would be deep.
    private static func choice(_ range: Range<Int>) -> String {
        guard range.count > 1 else { return "e\(range.lowerBound)" }
        let middle = (range.lowerBound + range.upperBound) / 2
        let (lower, upper) = (choice(range.lowerBound..<middle), choice(middle..<range.upperBound))
        return "if $which < \(middle) then \(lower) else \(upper) end"
    }
}
