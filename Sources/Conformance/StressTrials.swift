internal import PluginHost
internal import SagaCore

/// Level 5: again and again, and with what chance brings.
extension Trial {
    static let stress: [Trial] = [
        Trial("I01", 5, needs: ["D02", "D14"]) { exam throws(Stop) in
            for sample in try exam.someSamples() {
                let it = try Try.ready(exam)
                for _ in 0..<300 { _ = try it.made(.execute, sample) }
                let before = try it.order("look")
                for _ in 0..<700 { _ = try it.made(.execute, sample) }
                try throwIfGrown(before, try it.order("look"), doing: "700 times \(sample.deed(.execute))")
            }
            return .pass
        },
        Trial("I02", 5, needs: ["D03"]) { exam throws(Stop) in
            var random = SeededRandom(exam.options.seed)
            let it = try Try.ready(exam)
            for sample in try exam.someSamples() {
                for _ in 0..<300 {
                    let with = Mutation.of(sample.with, using: &random)
                    let odd = CheckSheet.Sample(operation: sample.operation, with: with, context: sample.context)
                    try judge(odd, try it.made(.execute, odd), .execute)
                }
            }
            return .pass
        },
    ]
}

/// The same seed, the same numbers (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A document with one of its parts changed by chance.
enum Mutation {
    static func of(_ value: JSONValue, using random: inout SeededRandom) -> JSONValue {
        switch value {
        case .object(let members) where !members.isEmpty && Int.random(in: 0..<8, using: &random) > 0:
            var changed = members
            let key = members.keys[Int.random(in: 0..<members.count, using: &random)]
            changed[key] = of(members[key] ?? .null, using: &random)
            return .object(changed)
        case .array(let items) where !items.isEmpty && Int.random(in: 0..<8, using: &random) > 0:
            var changed = items
            let index = Int.random(in: 0..<items.count, using: &random)
            changed[index] = of(items[index], using: &random)
            return .array(changed)
        case .string(let text): return .string(twisted(text, using: &random))
        default: return other(using: &random)
        }
    }

    private static func twisted(_ text: String, using random: inout SeededRandom) -> String {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return String(text.reversed())
        case 1: return text + text
        case 2: return String(repeating: text, count: Int.random(in: 0...64, using: &random))
        case 3: return String(text.dropFirst(Int.random(in: 0...max(0, text.count), using: &random)))
        default:
            let scalars = [
                "%s%n", "\u{0}", "\u{7F}", "\"", "\\", "/", "..", "\u{1F4A5}", "\n", "'", "${x}", "\u{FEFF}",
            ]
            let at = text.index(text.startIndex, offsetBy: Int.random(in: 0...text.count, using: &random))
            var twisted = text
            twisted.insert(contentsOf: scalars.randomElement(using: &random)!, at: at)
            return twisted
        }
    }

    private static func other(using random: inout SeededRandom) -> JSONValue {
        let values: [JSONValue] = [
            .null, true, false, 0, -1, .int(.max), .int(.min), .number("0.1"), .number("-1e300"), "", "x", [], [:],
            [.null], ["": .null],
        ]
        return values.randomElement(using: &random)!
    }
}
