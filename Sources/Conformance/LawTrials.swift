internal import PluginHost
internal import SagaCore

/// Level 4: the laws of a step, held against the world that it changes.
extension Trial {
    private static let contract = ["D01", "D02"]

    static let laws: [Trial] = [
        Trial("F01", 4, needs: contract) { exam throws(Stop) in
            for sample in try lawful(exam, where: { _ in true }) {
                var driven = Driven(exam, sample)
                let first = try driven.execute()
                let after = driven.world.look()
                var again = driven.again()
                let second = try again.execute()
                try driven.hold(.twiceIsOnce, after)
                guard first.output.sameJSON(as: second.output) || !isIdempotent(exam, sample) else {
                    throw Stop(.differs(sample.deed(.execute), .twiceGivesTheSame, OneLine.of(second.output.text)))
                }
            }
            return .pass
        },
        Trial("F02", 4, needs: contract) { exam throws(Stop) in
            for sample in try reversible(exam) {
                var driven = Driven(exam, sample)
                let before = driven.world.look()
                _ = try driven.execute()
                try driven.compensate()
                try driven.hold(.takenBack, before)
            }
            return .pass
        },
        Trial("F03", 4, needs: ["F02"]) { exam throws(Stop) in
            for sample in try reversible(exam) {
                var driven = Driven(exam, sample)
                let before = driven.world.look()
                _ = try driven.execute()
                try driven.compensate()
                try driven.compensate()
                try driven.hold(.takenBackTwice, before)
            }
            return .pass
        },
        Trial("F04", 4, needs: ["F02"]) { exam throws(Stop) in
            for sample in try reversible(exam) {
                var driven = Driven(exam, sample)
                let before = driven.world.look()
                try driven.compensate()
                try driven.hold(.takenBackWithoutExecute, before)
            }
            return .pass
        },
        Trial("F05", 4, needs: ["F02"]) { exam throws(Stop) in
            for sample in try reversible(exam) {
                var driven = Driven(exam, sample)
                let before = driven.world.look()
                _ = try driven.execute()
                driven.step.result = nil
                try driven.compensate()
                try driven.hold(.takenBackByCheckpoint, before)
            }
            return .pass
        },
        Trial("F06", 4, needs: contract) { exam throws(Stop) in
            for sample in try lawful(exam, where: { $0.operation.isProbeable }) {
                var driven = Driven(exam, sample)
                try expect(try driven.probe(), ["none"], "before it was executed", sample)
                _ = try driven.execute()
                driven.step.result = nil
                try expect(try driven.probe(), ["applied"], "after it was executed", sample)
            }
            return .pass
        },
        Trial("F07", 4, needs: ["F06"]) { exam throws(Stop) in
            for sample in try lawful(exam, where: { $0.operation.isProbeable }) {
                var driven = Driven(exam, sample)
                let before = driven.world.look()
                _ = try driven.probe()
                try driven.hold(.probeChangesNothing, before)
                _ = try driven.execute()
                let after = driven.world.look()
                driven.step.result = nil
                _ = try driven.probe()
                try driven.hold(.probeChangesNothing, after)
            }
            return .pass
        },
        Trial("F08", 4, needs: ["F01", "F02", "F04", "F05", "F07"]) { exam throws(Stop) in
            guard !exam.options.isInThisProcess else { return .skip(.needsWorker) }
            for sample in try reversible(exam) { try CrashSweep(exam, sample).perform() }
            return .pass
        },
        Trial("F09", 4, needs: ["F02"]) { exam throws(Stop) in
            let pairs = try pairs(try reversible(exam))
            for (one, other) in pairs { try checkApart(exam, one, other) }
            return .pass
        },
        Trial("F10", 4, needs: contract) { exam throws(Stop) in
            let samples = try lawful(exam) { !$0.operation.isCompensable && !$0.operation.isIrreversible }
            for sample in samples {
                var driven = Driven(exam, sample)
                let before = driven.world.look()
                _ = try driven.execute()
                try driven.hold(.readingChangesNothing, before)
            }
            return .pass
        },
    ]

    private static func lawful(
        _ exam: Examination, where isWanted: (PluginManifest.ManifestOperation) -> Bool
    ) throws(Stop) -> [CheckSheet.Sample] {
        guard World.isVisible(exam) else { throw Stop(.skip(.without("world that can be looked at"))) }
        return try exam.someSamples(where: isWanted)
    }

    /// What can be taken back, and leaves nothing.
    private static func reversible(_ exam: Examination) throws(Stop) -> [CheckSheet.Sample] {
        try lawful(exam) { $0.operation.isCompensable && !$0.operation.isIrreversible }
    }

    /// Of each operation its first two samples.
    private static func pairs(
        _ samples: [CheckSheet.Sample]
    ) throws(Stop) -> [(CheckSheet.Sample, CheckSheet.Sample)] {
        let byOperation = Dictionary(grouping: samples, by: \.operation).values
        let pairs = byOperation.compactMap { $0.count > 1 ? ($0[0], $0[1]) : nil }
        guard !pairs.isEmpty else { throw Stop(.skip(.without("operation with two examples that differ"))) }
        return pairs.sorted { $0.0.operation < $1.0.operation }
    }

    /// Two steps in one world: what one takes back is its own, whichever was first.
    private static func checkApart(
        _ exam: Examination, _ one: CheckSheet.Sample, _ other: CheckSheet.Sample
    ) throws(Stop) {
        let world = World(exam)
        var kept = Driven(exam, other, in: world)
        _ = try kept.execute()
        let wanted = world.look()
        var later = Driven(exam, one, in: world)
        // Not every two examples go together in one world.
        guard (try? later.execute()) != nil else { return }
        try later.compensate()
        try later.hold(.takenBackBesideAnother, wanted)
        try kept.compensate()

        var first = Driven(exam, one, in: world)
        guard (try? first.execute()) != nil else { return }
        var second = Driven(exam, other, in: world)
        guard (try? second.execute()) != nil else { return }
        try first.compensate()
        guard exam.operation(of: other).isProbeable else { return }
        second.step.result = nil
        try expect(try second.probe(), ["applied"], "after another step was taken back", other)
    }

    private static func isIdempotent(_ exam: Examination, _ sample: CheckSheet.Sample) -> Bool {
        exam.operation(of: sample).isIdempotent
    }

    private static func expect(
        _ found: String, _ wanted: [String], _ when: String, _ sample: CheckSheet.Sample
    ) throws(Stop) {
        guard !wanted.contains(found) else { return }
        throw Stop(.probeWrong(sample.operation, when: when, found: found, expected: wanted[0]))
    }
}

/// A step that is driven as a run would: woken when it slept, tried again where it advises to, its checkpoint kept.
struct Driven {
    let exam: Examination
    let sample: CheckSheet.Sample
    let world: World
    var step: TriedStep
    /// The worker that is in it; nil: none yet, or it was killed.
    private var worker: Try?
    private static let mostCalls = 300
    private static let longestNap: Int64 = 200

    init(_ exam: Examination, _ sample: CheckSheet.Sample, _ step: TriedStep = TriedStep(), in world: World? = nil) {
        self.exam = exam
        self.sample = sample
        self.step = step
        self.world = world ?? World(exam)
    }

    /// The same step, where nobody heard how it ended: its checkpoint is all there is.
    func again() -> Driven {
        var other = self
        other.step.result = nil
        return other
    }

    mutating func execute() throws(Stop) -> CallFacts {
        let facts = try finished(.execute)
        guard facts.status == .ok else {
            throw Stop(.failedInLaw(sample.deed(.execute), .init(facts.error)))
        }
        step.result = facts.output.objectValue
        return facts
    }

    mutating func compensate() throws(Stop) {
        let facts = try finished(.compensate)
        guard facts.status == .ok else {
            throw Stop(.failedInLaw(sample.deed(.compensate), .init(facts.error)))
        }
    }

    mutating func probe() throws(Stop) -> String {
        let facts = try finished(.probe)
        guard facts.status == .ok else { throw Stop(.failedInLaw(sample.deed(.probe), .init(facts.error))) }
        return facts.found
    }

    /// Is the world like this?
    func hold(_ law: Finding.Law, _ wanted: JSONValue) throws(Stop) {
        guard !world.becomes(wanted) else { return }
        throw Stop(.differs(sample.operation, law, world.difference(from: wanted)))
    }

    private mutating func finished(_ verb: StepVerb) throws(Stop) -> CallFacts {
        try drive(verb) { _ in .usual }!
    }

    /// Calls until it is over; nil: the worker was killed, as the answer wanted.
    mutating func drive(
        _ verb: StepVerb, _ answer: (PluginBench.Question) -> PluginBench.Answer
    ) throws(Stop) -> CallFacts? {
        let it: Try
        if let worker { it = worker } else { it = try Try.ready(exam, in: world) }
        worker = it
        step.attempt = 1
        for _ in 0..<Self.mostCalls {
            var durable: JSONValue?
            let facts = try it.call(verb, sample, of: step) { question in
                let wanted = answer(question)
                if case .checkpoint(let document) = question, wanted.makesDurable { durable = document }
                return wanted
            }
            step.checkpoint = durable ?? step.checkpoint
            guard let facts else {
                worker = nil
                return nil
            }
            if facts.status == .suspended {
                step.checkpoint = facts.checkpoint ?? step.checkpoint
                Pause.milliseconds(min(facts.afterMilliseconds, Self.longestNap))
            } else if facts.status == .failed, facts.isWorthAnotherTry, step.attempt < 3 {
                step.attempt += 1
                Pause.milliseconds(20)
            } else {
                return facts
            }
        }
        throw Stop(.timeout(seconds: 60, doing: sample.deed(verb)))
    }
}

extension PluginBench.Answer {
    fileprivate var makesDurable: Bool {
        switch self {
        case .usual, .kill(afterwards: true): true
        default: false
        }
    }
}

extension JSONValue {
    /// Without the names of a world's folders, which are others each time.
    func without(_ world: World) -> JSONValue {
        var plain = text
        for (_, value) in world.config.objectValue ?? [:] {
            guard let folder = value.stringValue, folder.hasPrefix("/") else { continue }
            plain = plain.replacing(folder, with: "")
        }
        return (try? JSONValue(parsing: plain)) ?? self
    }
}

/// The worker is killed before and after everything that a step asks its host for, and before its outcome is heard. Then
/// it is asked what happened, and taken back; or executed again, and taken back.
private struct CrashSweep {
    private let exam: Examination
    private let sample: CheckSheet.Sample
    private static let mostPoints = 12

    init(_ exam: Examination, _ sample: CheckSheet.Sample) {
        self.exam = exam
        self.sample = sample
    }

    private struct Point {
        /// From 0, among all that it asks for.
        let number: Int
        let afterwards: Bool
        let name: String
    }

    func perform() throws(Stop) {
        for point in try points() {
            try check(point, then: "taken back") { driven throws(Stop) in
                try askWhatHappened(&driven, point)
                try driven.compensate()
            }
            try check(point, then: "executed again and taken back") { driven throws(Stop) in
                _ = try driven.execute()
                try driven.compensate()
            }
        }
    }

    private func points() throws(Stop) -> [Point] {
        var names: [String] = []
        var driven = Driven(exam, sample)
        _ = try driven.drive(.execute) { question in
            switch question {
            case .checkpoint: names.append("checkpoint \(names.count + 1)")
            case .request(let method, _): names.append("request \(names.count + 1), \(method)")
            }
            return .usual
        }
        let asked = names.prefix(Self.mostPoints).enumerated().flatMap { number, name in
            [
                Point(number: number, afterwards: false, name: "before " + name),
                Point(number: number, afterwards: true, name: "after " + name),
            ]
        }
        return asked + [Point(number: .max, afterwards: true, name: "before its outcome was heard")]
    }

    private func check(
        _ point: Point, then: String, _ mend: (inout Driven) throws(Stop) -> Void
    ) throws(Stop) {
        var driven = Driven(exam, sample)
        let before = driven.world.look()
        var number = 0
        _ = try driven.drive(.execute) { _ in
            defer { number += 1 }
            return number == point.number ? .kill(afterwards: point.afterwards) : .usual
        }
        driven.step.result = nil
        do throws(Stop) {
            try mend(&driven)
        } catch {
            if case .fail(let finding) = error.verdict {
                throw Stop(.crashPoint(sample.operation, at: point.name, then: then, finding.words))
            }
            throw error
        }
        guard !driven.world.becomes(before) else { return }
        let difference = driven.world.difference(from: before)
        throw Stop(.crashPoint(sample.operation, at: point.name, then: then, difference))
    }

    /// Its word, where it gives one, has to be true: nothing happened only where nothing did.
    private func askWhatHappened(_ driven: inout Driven, _ point: Point) throws(Stop) {
        guard exam.operation(of: sample).isProbeable else { return }
        let before = World(exam).look()
        let found = try driven.probe()
        let isUntouched = driven.world.look().sameJSON(as: before)
        guard found == "none", !isUntouched else { return }
        throw Stop(.probeWrong(sample.operation, when: "then", found: found, expected: "another word"))
    }
}
