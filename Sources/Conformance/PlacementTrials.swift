internal import PluginHost
internal import SagaCore

/// Level 4: where a plugin runs is the operator's to say, and must not matter to what it does.
extension Trial {
    static let placing: [Trial] = [
        Trial("H01", 4, needs: ["D01", "D02", "D17"]) { exam throws(Stop) in
            guard !exam.options.isInThisProcess else { return .skip(.needsWorker) }
            for sample in try exam.someSamples() {
                let step = TriedStep()
                let ends = try [true, false].map { isConfined throws(Stop) in
                    let world = World(exam)
                    let it = try Try.ready(exam, in: world, isConfined: isConfined)
                    let facts = try it.made(.execute, sample, of: step)
                    return (facts.status, exam.sheet.steady(facts.output.without(world)))
                }
                guard ends[0].0 == ends[1].0, ends[0].1.sameJSON(as: ends[1].1) || exam.needsHTTP else {
                    throw Stop(.otherOutside(sample.deed(.execute), OneLine.of(ends[1].1.text)))
                }
            }
            return .pass
        }
    ]
}
