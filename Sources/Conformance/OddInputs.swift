internal import SagaCore

/// Documents that a step might be given by mistake: of wrong types, too long, too deep, with what is not expected.
enum OddInputs {
    /// - Parameter most: so many at most, evenly chosen.
    static func of(_ sample: CheckSheet.Sample, _ operation: Operation, most: Int) -> [CheckSheet.Sample] {
        var documents: [JSONValue] = [[:]]
        let object = sample.with.objectValue ?? [:]
        let names = object.keys + operation.input.propertyNames.filter { object[$0] == nil }
        for name in names {
            var without = JSONObject()
            for (key, value) in object where key != name { without[key] = value }
            documents.append(.object(without))
            for value in values {
                var changed = object
                changed[name] = value
                documents.append(.object(changed))
            }
        }
        var more = object
        more["nobody_asked_for_this"] = [1, "two", .null]
        documents.append(.object(more))
        let step = max(1, (documents.count + most - 1) / most)
        return stride(from: 0, to: documents.count, by: step).map {
            CheckSheet.Sample(operation: sample.operation, with: documents[$0], context: sample.context)
        }
    }

    private static let values: [JSONValue] = [
        .null, true, .int(.max), -1, .number("1e308"), "", .string("a\u{0}b"), .string("../\u{1F600}\u{202E}\n"),
        .string(String(repeating: "long ", count: 20_000)), [], [[]], ["x": ["y": []]], deep,
    ]

    private static let deep: JSONValue = (0..<60).reduce("bottom") { inner, _ in [inner] }
}
