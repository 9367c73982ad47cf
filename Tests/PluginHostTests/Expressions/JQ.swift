import ArcadiaTesting
import PluginHost
import SagaCore

/// libjq, as a host has it.
enum JQ {
    static let evaluator = JQEvaluator(program: Arcadia.program)

    /// The value of an expression over a document with roots of any name.
    static func value(_ text: String, _ document: JSONValue = [:]) throws -> JSONValue {
        let names = document.objectValue?.keys ?? []
        return try SagaCore.Expression(text, names: names).value(
            in: Document(document), among: .empty, by: evaluator)
    }

    /// Why there is none; nil: there is one.
    static func failure(_ text: String, _ document: JSONValue = [:]) -> ExpressionFailure.Fact? {
        do {
            _ = try value(text, document)
            return nil
        } catch let failure as ExpressionFailure {
            return failure.fact
        } catch {
            return .jq("\(error)")
        }
    }
}

/// A scope that is one document.
struct Document: ExpressionScope {
    let value: JSONValue
    init(_ value: JSONValue) { self.value = value }

    func value(at path: ArraySlice<SagaCore.Expression.Token>, of root: String) -> JSONValue? {
        value[root]?.descend(path)
    }
}

/// The same numbers each time.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
