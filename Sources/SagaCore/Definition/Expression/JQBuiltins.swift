/// The functions of jq 1.6, by name and number of arguments: what they make of what comes in.
struct JQBuiltin: Sendable {
    enum Result: Sendable {
        case types(SchemaTypes)
        /// What comes in, where it is of these types; else nothing.
        case inputIf(SchemaTypes)
        /// What the first argument finds.
        case argument
    }

    enum Argument: Sendable {
        /// An expression of what comes in; there is one result for each of its values.
        case value
        /// One of what comes in, whose values are gathered.
        case gathered
        /// One of the items of what comes in, or of something made of it.
        case inner
        /// A condition over what comes in.
        case condition
    }

    let result: Result
    let yields: ExpressionYield
    let arguments: [Argument]
    /// False: what comes in is not looked at.
    let readsInput: Bool

    static func find(_ name: String, _ count: Int) -> JQBuiltin? { table["\(name)/\(count)"] }
    static var names: [String] { Set(table.keys.map { String($0.prefix { $0 != "/" }) }).sorted() }

    /// What an expression may not use, and why.
    static let refused: [String: RefusedJQ] = {
        var refused: [String: RefusedJQ] = [:]
        for name in ["env", "$ENV"] { refused[name] = .environment }
        for name in ["now", "localtime", "strflocaltime"] { refused[name] = .clock }
        for name in ["input", "inputs", "input_filename", "input_line_number"] { refused[name] = .input }
        for name in ["debug", "stderr"] { refused[name] = .output }
        for name in ["halt", "halt_error"] { refused[name] = .halting }
        for name in [
            "get_search_list", "get_prog_origin", "get_jq_origin", "modulemeta", "import", "include", "module",
        ] {
            refused[name] = .module
        }
        for name in ["$__loc__", "$__prog_args"] { refused[name] = .place }
        return refused
    }()

    private static let table: [String: JQBuiltin] = {
        var table: [String: JQBuiltin] = [:]
        func add(
            _ names: String, _ result: Result, _ yields: ExpressionYield = .one, _ arguments: [Argument] = [],
            readsInput: Bool = true
        ) {
            for name in names.split(separator: " ") {
                table["\(name)/\(arguments.count)"] = JQBuiltin(
                    result: result, yields: yields, arguments: arguments, readsInput: readsInput)
            }
        }
        addMathematics(add)
        addText(add)
        addCollections(add)
        addGenerators(add)
        addPaths(add)
        return table
    }()

    private typealias Adding = (String, Result, ExpressionYield, [Argument], Bool) -> Void

    private static func addMathematics(_ add: Adding) {
        add("length utf8bytelength tonumber mktime fromdate fromdateiso8601", .types(.number), .one, [], true)
        add(
            "acos acosh asin asinh atan atanh cbrt ceil cos cosh erf erfc exp exp10 exp2 expm1 fabs floor gamma j0 j1 lgamma log log10 log1p log2 logb nearbyint pow10 rint round significand sin sinh sqrt tan tanh tgamma trunc y0 y1",
            .types(.number), .one, [], true)
        add("frexp modf lgamma_r", .types(.array), .one, [], true)
        add(
            "atan2 copysign drem fdim fmax fmin fmod hypot jn ldexp nextafter nexttoward pow remainder scalb scalbln yn",
            .types(.number), .one, [.value, .value], true)
        add("fma", .types(.number), .one, [.value, .value, .value], true)
        add("infinite nan", .types(.number), .one, [], false)
        add("not isnan isinfinite isfinite isnormal any all", .types(.boolean), .one, [], true)
    }

    private static func addText(_ add: Adding) {
        add(
            "tostring tojson ascii_downcase ascii_upcase implode todate todateiso8601 type", .types(.string), .one, [],
            true)
        add("format strftime join", .types(.string), .one, [.value], true)
        add("strptime split", .types(.array), .one, [.value], true)
        add("split", .types(.array), .one, [.value, .value], true)
        add("startswith endswith test contains inside has", .types(.boolean), .one, [.value], true)
        add("test", .types(.boolean), .one, [.value, .value], true)
        add("ltrimstr rtrimstr", .types(.any), .one, [.value], true)
        add("sub gsub", .types(.string), .one, [.value, .inner], true)
        add("sub gsub", .types(.string), .one, [.value, .inner, .value], true)
        add("scan", .types([.string, .array]), .any, [.value], true)
        add("splits", .types(.string), .any, [.value], true)
        add("splits", .types(.string), .any, [.value, .value], true)
        add("match capture", .types(.object), .any, [.value], true)
        add("match capture", .types(.object), .any, [.value, .value], true)
        add("index rindex", .types([.number, .null]), .one, [.value], true)
        add("indices", .types([.array, .null]), .one, [.value], true)
        add("fromjson", .types(.any), .one, [], true)
    }

    private static func addCollections(_ add: Adding) {
        add(
            "keys keys_unsorted to_entries reverse sort unique explode transpose gmtime flatten", .types(.array), .one,
            [], true)
        add("builtins", .types(.array), .one, [], false)
        add("add min max first last", .types(.any), .one, [], true)
        add("from_entries", .types(.object), .one, [], true)
        add("map sort_by group_by unique_by", .types(.array), .one, [.inner], true)
        add("min_by max_by map_values walk", .types(.any), .one, [.inner], true)
        add("with_entries INDEX", .types(.object), .one, [.inner], true)
        add("INDEX", .types(.object), .one, [.gathered, .inner], true)
        add("any all", .types(.boolean), .one, [.inner], true)
        add("any all", .types(.boolean), .one, [.gathered, .inner], true)
        add("IN in", .types(.boolean), .one, [.gathered], true)
        add("IN", .types(.boolean), .one, [.gathered, .gathered], true)
        add("JOIN", .types(.array), .one, [.value, .inner], true)
        add("JOIN", .types(.any), .any, [.value, .gathered, .inner], true)
        add("JOIN", .types(.any), .any, [.value, .gathered, .inner, .inner], true)
        add("flatten bsearch", .types(.any), .one, [.value], true)
        add("nth", .types(.any), .one, [.value], true)
        add("select", .inputIf(.any), .atMostOne, [.condition], false)
        add("values", .inputIf(SchemaTypes.any.subtracting(.null)), .atMostOne, [], false)
        add("nulls", .inputIf(.null), .atMostOne, [], false)
        add("booleans", .inputIf(.boolean), .atMostOne, [], false)
        add("numbers normals finites", .inputIf(.number), .atMostOne, [], false)
        add("strings", .inputIf(.string), .atMostOne, [], false)
        add("arrays", .inputIf(.array), .atMostOne, [], false)
        add("objects", .inputIf(.object), .atMostOne, [], false)
        add("iterables", .inputIf([.array, .object]), .atMostOne, [], false)
        add("scalars scalars_or_empty", .inputIf(.any), .atMostOne, [], true)
    }

    private static func addGenerators(_ add: Adding) {
        add("empty", .types([]), .atMostOne, [], false)
        add("error", .types([]), .atMostOne, [], true)
        add("error", .types([]), .atMostOne, [.value], true)
        add("range", .types(.number), .any, [.value], false)
        add("range", .types(.number), .any, [.value, .value], false)
        add("range", .types(.number), .any, [.value, .value, .value], false)
        add("recurse recurse_down combinations", .types(.any), .any, [], true)
        add("tostream", .types(.array), .any, [], true)
        add("recurse repeat", .types(.any), .any, [.inner], true)
        add("recurse while", .types(.any), .any, [.inner, .inner], true)
        add("until", .types(.any), .any, [.inner, .inner], true)
        add("combinations", .types(.array), .any, [.value], true)
        add("first", .argument, .atMostOne, [.gathered], false)
        add("last", .types(.any), .one, [.gathered], false)
        add("limit", .types(.any), .any, [.value, .gathered], false)
        add("nth", .types(.any), .one, [.value, .gathered], false)
        add("isempty", .types(.boolean), .one, [.gathered], false)
        add("fromstream", .types(.any), .any, [.gathered], false)
        add("truncate_stream", .types(.array), .any, [.gathered], true)
    }

    private static func addPaths(_ add: Adding) {
        add("paths leaf_paths", .types(.array), .any, [], true)
        add("paths", .types(.array), .any, [.inner], true)
        add("path", .types(.array), .any, [.inner], true)
        add("del", .types(.any), .one, [.inner], true)
        add("getpath delpaths", .types(.any), .one, [.value], true)
        add("setpath", .types(.any), .one, [.value, .value], true)
    }
}

/// Why a function of jq is not to be had: a run that goes on must find the same value again, and an expression is told
/// nothing but its run.
public enum RefusedJQ: Sendable, Hashable {
    case environment, clock, input, output, halting, module, place
}
