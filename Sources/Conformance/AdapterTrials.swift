internal import PluginHost
internal import SagaCore

/// Level 4: what Arcadia relies on where a plugin is the adapter of a provider.
extension Trial {
    static let adapting: [Trial] = [
        Trial("G01", 4, needs: ["D01"]) { exam throws(Stop) in
            for sample in try adapters(exam, "inventory") {
                let it = try Try.ready(exam)
                let everything = try ids(it, sample, sample.with)
                if let twice = everything.first(where: { id in everything.count { $0 == id } > 1 }) {
                    throw Stop(.inventory(sample.operation, .repeats(twice)))
                }
                guard exam.operation(of: sample).input.source["properties"]?["cursor"] != nil else {
                    continue
                }
                let paged = try pages(it, sample)
                if let missed = everything.first(where: { !paged.contains($0) }) {
                    throw Stop(.inventory(sample.operation, .missesInPages(missed)))
                }
                if let more = paged.first(where: { !everything.contains($0) }) {
                    throw Stop(.inventory(sample.operation, .missesAtOnce(more)))
                }
                if let twice = paged.first(where: { id in paged.count { $0 == id } > 1 }) {
                    throw Stop(.inventory(sample.operation, .repeats(twice)))
                }
            }
            return .pass
        },
        Trial("G02", 4, needs: ["D01"]) { exam throws(Stop) in
            for sample in try adapters(exam, "billing") {
                let it = try Try.ready(exam)
                let output = try answer(it, sample, sample.with)
                guard let place = fraction(in: output, at: "") else { continue }
                throw Stop(.moneyInBinary(sample.operation, place))
            }
            return .pass
        },
    ]

    private static func adapters(_ exam: Examination, _ kind: String) throws(Stop) -> [CheckSheet.Sample] {
        let operations = exam.manifest!.operations.filter { $0.kind == kind }
        guard !operations.isEmpty else { throw Stop(.skip(.without("operation of kind \"\(kind)\""))) }
        return try exam.someSamples { $0.kind == kind }
    }

    private static func answer(
        _ it: Try, _ sample: CheckSheet.Sample, _ with: JSONValue
    ) throws(Stop) -> JSONValue {
        let asked = CheckSheet.Sample(operation: sample.operation, with: with, context: sample.context)
        let facts = try it.made(.execute, asked)
        guard facts.status == .ok else { throw Stop(.failedInLaw(sample.deed(.execute), .init(facts.error))) }
        return facts.output
    }

    /// eg: "droplet 12"
    private static func ids(_ output: JSONValue) -> [String] {
        (output["resources"]?.arrayValue ?? []).map {
            ($0["kind"]?.stringValue ?? "") + " " + ($0["provider_id"]?.stringValue ?? "")
        }
    }

    private static func ids(_ it: Try, _ sample: CheckSheet.Sample, _ with: JSONValue) throws(Stop) -> [String] {
        ids(try answer(it, sample, with))
    }

    private static func pages(_ it: Try, _ sample: CheckSheet.Sample) throws(Stop) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        var cursor = ""
        while true {
            guard seen.insert(cursor).inserted else {
                throw Stop(.inventory(sample.operation, .goesInCircles(OneLine.of(cursor))))
            }
            var with = sample.with.objectValue ?? [:]
            with["cursor"] = .string(cursor)
            let page = try answer(it, sample, .object(with))
            found += ids(page)
            guard let next = page["next"]?.stringValue, !next.isEmpty else { return found }
            cursor = next
        }
    }

    /// Where a number that is not whole stands; nil: nowhere.
    private static func fraction(in value: JSONValue, at place: String) -> String? {
        switch value {
        case .number: return place
        case .array(let items):
            return items.enumerated().lazy.compactMap { fraction(in: $1, at: "\(place)/\($0)") }.first
        case .object(let members):
            return members.lazy.compactMap { fraction(in: $1, at: "\(place)/\($0)") }.first
        default: return nil
        }
    }
}
