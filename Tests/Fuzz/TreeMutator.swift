internal import DefinitionGrammar
internal import SagaCore

/// Changes a definition as a tree, so that it stays JSON: most of what bytes alone come to is not even that.
struct TreeMutator {
    private var random: SeededGenerator
    private let most: Int

    /// - Parameter most: bytes that the text may have.
    init(seed: UInt32, most: Int) {
        random = SeededGenerator(seed: UInt64(seed))
        self.most = most
    }

    /// Nil: nothing that is short enough came of it.
    mutating func mutated(_ text: String, with other: String? = nil) -> String? {
        guard var value = try? JSONValue(parsing: text) else { return nil }
        let donor = other.flatMap { try? JSONValue(parsing: $0) }
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0..<value.size, using: &random)
            value = value.replacing(place) { changed($0, within: value, donor) }
        }
        let text = random.next() % 4 == 0 ? value.text(pretty: true) : value.text
        return text.utf8.count <= most ? text : nil
    }

    private mutating func changed(_ value: JSONValue, within whole: JSONValue, _ donor: JSONValue?) -> JSONValue {
        switch Int.random(in: 0..<14, using: &random) {
        case 0: NearDefinition.oddity(using: &random)
        case 1: NearDefinition.step(using: &random)
        case 2: any(of: NearDefinition.definition(using: &random))
        case 3, 4: any(of: donor ?? whole)
        case 5...7: edited(value)
        case 8: .string("${ \(Words.expressions.randomElement(using: &random)!) }")
        case 9: .array([value])
        case 10: wrapped(value)
        default: rewritten(value)
        }
    }

    private mutating func any(of value: JSONValue) -> JSONValue {
        value.part(Int.random(in: 0..<value.size, using: &random))
    }

    /// A member or an item more, less, twice or elsewhere.
    private mutating func edited(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(var items):
            let place = Int.random(in: 0...items.count, using: &random)
            switch random.next() % 4 {
            case 0 where place < items.count: items.remove(at: place)
            case 1 where place < items.count: items.insert(items[place], at: place)
            case 2: items.shuffle(using: &random)
            default: items.insert(NearDefinition.step(using: &random), at: place)
            }
            return .array(items)
        case .object(var object):
            let key = object.keys.randomElement(using: &random)
            switch random.next() % 3 {
            case 0: if let key { object[key] = nil }
            case 1: if let key { object[Words.keys.randomElement(using: &random)!] = object[key] }
            default: object[Words.keys.randomElement(using: &random)!] = NearDefinition.oddity(using: &random)
            }
            return .object(object)
        default: return rewritten(value)
        }
    }

    /// A step within a step of another form.
    private mutating func wrapped(_ value: JSONValue) -> JSONValue {
        switch random.next() % 4 {
        case 0: ["parallel": [[value], ["core.echo"]]]
        case 1: ["for_each": [1, 2, 3], "steps": [value]]
        case 2: ["scope": [value], "on_failure": "retry", "retry": ["max_attempts": 1000], "else": [value]]
        default:
            ["saga": "t", "version": "1", "steps": [value], "definitions": ["sub": ["saga": "sub", "steps": [value]]]]
        }
    }

    /// A scalar that is near; in texts, whatever libFuzzer makes of their bytes.
    private mutating func rewritten(_ value: JSONValue) -> JSONValue {
        switch value {
        case .int(let number):
            let near = [number &+ 1, number &- 1, number &* 1000, 0 &- number, .max, .min]
            return .int(near.randomElement(using: &random)!)
        case .number, .null, .bool: return Words.numbers.randomElement(using: &random)!
        case .string(let text): return .string(Self.mutatedBytes(of: text))
        case .array, .object: return any(of: value)
        }
    }

    private static func mutatedBytes(of text: String) -> String {
        var bytes = Array(text.utf8)
        let count = bytes.count
        bytes += [UInt8](repeating: 0, count: 64)
        let size = bytes.withUnsafeMutableBufferPointer { mutate($0.baseAddress, count, $0.count) }
        return String(decoding: bytes.prefix(size), as: UTF8.self)
    }
}

/// What definitions are made of.
private enum Words {
    static let keys = [
        "$schema", "saga", "version", "description", "inputs", "concurrency_key", "timeout_seconds", "definitions",
        "steps", "output", "bundled", "id", "uses", "parallel", "for_each", "wait", "signal", "scope", "when", "as",
        "max_concurrency", "with", "on_failure", "retry", "total_timeout_seconds", "compensation", "pivot", "else",
        "max_attempts", "initial_seconds", "multiplier", "max_seconds", "jitter", "on", "skip", "seconds", "until",
        "name", "schema", "from", "four_eyes", "type", "properties", "required", "additionalProperties", "default",
        "items", "anyOf", "oneOf", "allOf", "not", "$ref", "$defs", "pattern", "enum", "const", "minimum", "maximum",
        "minLength", "maxLength", "minItems", "uniqueItems", "prefixItems", "patternProperties", "propertyNames",
        "format", "message", "values", "image", "size", "region",
    ]
    static let expressions = [
        ".inputs.n", ".inputs", ".item", ".each", ".run.id", ".context.n", ".steps.a.output.n", ".steps.s1.output",
        ".inputs.n // 1", "[.inputs.n, 2]", "[.inputs[] | tostring]", ".inputs | keys", "{a: .inputs.n}",
        "if .inputs.n then 1 else \"x\" end", "reduce .inputs[] as $x (0; . + $x)", "def f(g): g | g; f(.inputs)",
        ".inputs as {n: $m} | $m", "\"a\\(.inputs.n)b\"", "try error catch .", "label $out | break $out", "..",
        "range(3)",
        ".inputs.n[1:2]", ".inputs.n |= . + 1", "@base64 \"x\\(1)\"", "env", "input", "1e1000", "-1",
        "limit(1; .inputs)",
    ]
    static let numbers: [JSONValue] = [
        0, 1, -1, .number("1e308"), .number("-1e308"), .number("1e-308"), .number("1e1000"), .number("0.1"), 604_800,
        86_400, 1000, .int(.max), .int(.min), .number("18446744073709551616"), true, .null, "x",
    ]
}

extension JSONValue {
    /// Values in it, itself one of them.
    fileprivate var size: Int {
        switch self {
        case .array(let items): items.reduce(1) { $0 + $1.size }
        case .object(let object): object.reduce(1) { $0 + $1.value.size }
        default: 1
        }
    }

    /// - Parameter place: among the values in it, each before what it holds.
    fileprivate func part(_ place: Int) -> JSONValue {
        var found = self
        _ = replacing(place) {
            found = $0
            return $0
        }
        return found
    }

    fileprivate func replacing(_ place: Int, _ change: (JSONValue) -> JSONValue) -> JSONValue {
        var left = place
        return replacing(&left, change)
    }

    private func replacing(_ left: inout Int, _ change: (JSONValue) -> JSONValue) -> JSONValue {
        left -= 1
        if left == -1 { return change(self) }
        switch self {
        case .array(let items): return .array(items.map { $0.replacing(&left, change) })
        case .object(let object):
            var changed = JSONObject()
            for (key, value) in object { changed[key] = value.replacing(&left, change) }
            return .object(changed)
        default: return self
        }
    }
}

@_silgen_name("LLVMFuzzerMutate")
private func mutate(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int, _ most: Int) -> Int

/// One time in eight the bytes alone: what is no JSON has to be read as well.
@_cdecl("LLVMFuzzerCustomMutator")
func mutateDefinition(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int, _ most: Int, _ seed: UInt32) -> Int {
    let buffer = UnsafeMutableBufferPointer(start: bytes, count: most)
    var mutator = TreeMutator(seed: seed, most: most)
    guard seed % 8 != 0, let text = mutator.mutated(String(decoding: buffer.prefix(count), as: UTF8.self)) else {
        return mutate(bytes, count, most)
    }
    return buffer.update(fromContentsOf: text.utf8)
}

@_cdecl("LLVMFuzzerCustomCrossOver")
func crossDefinitions(
    _ one: UnsafePointer<UInt8>?, _ oneCount: Int, _ other: UnsafePointer<UInt8>?, _ otherCount: Int,
    _ out: UnsafeMutablePointer<UInt8>?, _ most: Int, _ seed: UInt32
) -> Int {
    func text(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> String {
        String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
    var mutator = TreeMutator(seed: seed, most: most)
    guard let crossed = mutator.mutated(text(one, oneCount), with: text(other, otherCount)) else { return 0 }
    return UnsafeMutableBufferPointer(start: out, count: most).update(fromContentsOf: crossed.utf8)
}
