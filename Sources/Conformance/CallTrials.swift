internal import Glibc
internal import PluginHost
internal import SagaCore

/// Level 3: calls, with what its author says it can be tried with, and with what nobody should give it.
extension Trial {
    static let calling: [Trial] = [
        Trial("D01", 3, needs: ["C01"]) { exam throws(Stop) in
            try throughSamples(exam) { sample, facts throws(Stop) in
                guard facts.contradiction(.execute) == nil else { return }
                if facts.status == .failed || facts.status == .cancelled {
                    throw Stop(.exampleFailed(sample.deed(.execute), .init(facts.error)))
                }
                guard facts.status == .ok else { return }
                if let violation = exam.operation(of: sample).output.violations(of: facts.output).first {
                    throw Stop(.outputUnfit(sample.deed(.execute), violation.message))
                }
            }
        },
        Trial("D02", 3, needs: ["D01"]) { exam throws(Stop) in
            try throughSamples(exam) { sample, facts throws(Stop) in try judge(sample, facts, .execute) }
            let it = try Try.ready(exam)
            for sample in exam.samples(where: { $0.operation.isCompensable }) {
                try judge(sample, try it.made(.compensate, sample), .compensate)
            }
            for sample in exam.samples(where: { $0.operation.isProbeable }) {
                try judge(sample, try it.made(.probe, sample), .probe)
            }
            return .pass
        },
        Trial("D03", 3, needs: ["D02"]) { exam throws(Stop) in
            try throughOddInputs(exam) { sample, facts throws(Stop) in
                try judge(sample, facts, .execute)
                let isInput = facts.error?["code"]?.stringValue == "input"
                guard facts.status == .failed, isInput, facts.effect != "none" else { return }
                throw Stop(.inputEffect(sample.deed(.execute), facts.effect))
            }
        },
        Trial("D04", 3, needs: ["D02"]) { exam throws(Stop) in
            // Twice: what was kept of the first call is used in the second.
            let it = try Try.ready(exam)
            for sample in try exam.someSamples() + exam.samples {
                _ = try it.made(.execute, sample, of: TriedStep(), ["memory": "passing"])
            }
            return .pass
        },
        Trial("D05", 3, needs: ["D02"]) { exam throws(Stop) in
            try throughSamples(exam, ["memory": "edge"]) { _, _ throws(Stop) in }
        },
        Trial("D06", 3, needs: ["D02"]) { exam throws(Stop) in
            for sample in try exam.someSamples() { try refuseCheckpoints(exam, sample) }
            return .pass
        },
        Trial("D07", 3, needs: ["D02"]) { exam throws(Stop) in
            for sample in try exam.someSamples() {
                let it = try Try.ready(exam)
                let writes = try it.made(.execute, sample).writes
                for number in 0..<min(writes, 12) {
                    try it.move(to: World(exam))
                    _ = try it.made(.execute, sample, of: TriedStep(), ["refused_write": .int(number + 1)])
                }
            }
            return .pass
        },
        Trial("D08", 3, needs: ["D02"]) { exam throws(Stop) in
            guard exam.needsHTTP else { return .skip(.without("service that it asks for")) }
            return try throughSamples(exam, ["services": false]) { sample, facts throws(Stop) in
                guard facts.contradiction(.execute) != nil || facts.status == nil else { return }
                throw Stop(.okWithoutService(sample.deed(.execute)))
            }
        },
        Trial("D17", 3, needs: ["D02"]) { exam throws(Stop) in
            guard !exam.needsHTTP else { return .skip(.without("outcome that depends on nothing else")) }
            for sample in try exam.someSamples() {
                let step = TriedStep()
                let outputs = try [World(exam), World(exam)].map { world throws(Stop) in
                    var driven = Driven(exam, sample, step, in: world)
                    return exam.sheet.steady(try driven.execute().output.without(world))
                }
                guard outputs[0].sameJSON(as: outputs[1]) else { throw Stop(.notTheSame(sample.deed(.execute))) }
            }
            return .pass
        },
        Trial("D09", 3, needs: ["D02", "D17"]) { exam throws(Stop) in
            guard exam.manifest!.concurrency == .full else { return .skip(.without("calls at once")) }
            guard !exam.needsHTTP else { return .skip(.without("calls at once that need no other side")) }
            try callAtOnce(exam, try exam.someSamples())
            return .pass
        },
        Trial("D10", 3, needs: ["D02"]) { exam throws(Stop) in
            try throughSamples(exam) { sample, facts throws(Stop) in
                if let misuse = facts.misuses.first(where: { $0.contains("another thread") }) {
                    throw Stop(.misuse(sample.deed(.execute), misuse))
                }
            }
        },
        Trial("D11", 3, needs: ["D02"]) { exam throws(Stop) in
            try throughSamples(exam) { sample, facts throws(Stop) in
                if let misuse = facts.misuses.first(where: { !$0.contains("another thread") }) {
                    throw Stop(.misuse(sample.deed(.execute), misuse))
                }
            }
        },
        Trial("D12", 3, needs: ["D02", "B10"]) { exam throws(Stop) in
            guard !exam.options.isInThisProcess else { return .skip(.needsWorker) }
            let it = try Try.ready(exam)
            for sample in try exam.someSamples() { _ = try it.made(.execute, sample) }
            it.bench.end()
            let printed = it.bench.printed
            guard printed.isEmpty else { throw Stop(.printed(OneLine.of(printed))) }
            return .pass
        },
        Trial("D13", 3, needs: ["D02"]) { exam throws(Stop) in
            try throughSamples(exam) { sample, facts throws(Stop) in
                guard let change = facts.json.changes.first(where: isOfTheProcess) else { return }
                throw Stop(.changed(change, doing: sample.deed(.execute)))
            }
        },
        Trial("D14", 3, needs: ["D02"]) { exam throws(Stop) in
            let it = try Try.ready(exam)
            for sample in try exam.someSamples() {
                // The first may open what it keeps; what every one opens is lost.
                for _ in 0..<3 { _ = try it.made(.execute, sample) }
                let grown = try it.made(.execute, sample).json.changes.first {
                    $0.what == "threads" || $0.what.hasPrefix("descriptor")
                }
                let again = try it.made(.execute, sample).json.changes.contains {
                    $0.what.hasPrefix(grown?.kind ?? "-")
                }
                if let grown, again { throw Stop(.changed(grown, doing: sample.deed(.execute) + ", each time,")) }
            }
            return .pass
        },
        Trial("D15", 3, needs: ["D03"]) { exam throws(Stop) in
            try throughOddInputs(exam) { sample, facts throws(Stop) in
                // What was given with line breaks may be told with them.
                guard !sample.with.text.contains("\\n") else { return }
                let isEmpty = facts.count("fail without a message") > 0
                guard isEmpty || facts.count("fail with several lines") > 0 else { return }
                let message = isEmpty ? nil : facts.error?["message"]?.stringValue.map(OneLine.of)
                throw Stop(.failureUnclear(sample.deed(.execute), message: message))
            }
        },
        Trial("D16", 3, needs: ["D02"]) { exam throws(Stop) in
            let it = try Try.ready(exam)
            for sample in try exam.someSamples() + exam.samples {
                if let late = try it.made(.execute, sample).late.first { throw Stop(.usedLate(late)) }
            }
            Pause.milliseconds(30)
            if let late = try it.order("look")["late"]?.arrayValue?.first?.stringValue { throw Stop(.usedLate(late)) }
            return .pass
        },
        Trial("D18", 3, needs: ["D02"]) { exam throws(Stop) in
            try throughSamples(exam, ["stack_kib": 1024]) { _, _ throws(Stop) in }
        },
        Trial("D19", 3, needs: ["D02"]) { exam throws(Stop) in
            guard exam.needsHTTP else { return .skip(.without("requests")) }
            for sample in try exam.someSamples() { try loseAnswers(exam, sample) }
            return .pass
        },
        Trial("D20", 3, needs: ["D02"]) { exam throws(Stop) in
            guard exam.needsHTTP else { return .skip(.without("requests")) }
            let it = try Try.ready(exam)
            for sample in try exam.someSamples() {
                for (status, body) in [(200, ""), (200, "{}"), (201, "[1, 2"), (204, ""), (302, "x"), (500, "<html>")] {
                    try it.move(to: World(exam))
                    let facts = try it.made(.execute, sample) { question in
                        if case .request = question { .response(status: status, body: body) } else { .usual }
                    }
                    try judge(sample, facts, .execute)
                }
            }
            return .pass
        },
    ]

    // MARK: - Through what there is

    @discardableResult
    private static func throughSamples(
        _ exam: Examination, _ arguments: JSONObject = [:],
        _ look: (CheckSheet.Sample, CallFacts) throws(Stop) -> Void
    ) throws(Stop) -> Verdict {
        let samples = try exam.someSamples()
        let it = try Try.ready(exam)
        for sample in samples {
            try it.move(to: World(exam))
            try look(sample, try it.made(.execute, sample, of: TriedStep(), arguments))
        }
        return .pass
    }

    private static func throughOddInputs(
        _ exam: Examination, _ look: (CheckSheet.Sample, CallFacts) throws(Stop) -> Void
    ) throws(Stop) -> Verdict {
        let it = try Try.ready(exam)
        for sample in try exam.someSamples() {
            let most = exam.needsHTTP ? 40 : 200
            for odd in OddInputs.of(sample, exam.operation(of: sample), most: most) {
                try look(odd, try it.made(.execute, odd))
            }
        }
        return .pass
    }

    static func judge(_ sample: CheckSheet.Sample, _ facts: CallFacts, _ verb: StepVerb) throws(Stop) {
        guard facts.status != nil else { throw Stop(.statusIsNone(sample.deed(verb), facts.number)) }
        if let what = facts.contradiction(verb) { throw Stop(.contradiction(sample.deed(verb), what)) }
    }

    /// The first checkpoint that is not written, then the second, as many as there are.
    private static func refuseCheckpoints(_ exam: Examination, _ sample: CheckSheet.Sample) throws(Stop) {
        let it = try Try.ready(exam)
        for number in 1...8 {
            var seen = 0
            try it.move(to: World(exam))
            let facts = try it.made(.execute, sample) { question in
                guard case .checkpoint = question else { return .usual }
                seen += 1
                return seen == number ? .notDurable : .usual
            }
            guard seen >= number else { return }
            if facts.status == .ok { throw Stop(.okWithoutCheckpoint(sample.deed(.execute))) }
        }
    }

    /// Each request that changes something gets no answer: nobody knows whether it arrived.
    private static func loseAnswers(_ exam: Examination, _ sample: CheckSheet.Sample) throws(Stop) {
        var isLost = false
        let facts = try Try.ready(exam).made(.execute, sample) { question in
            guard case .request(let method, _) = question, method != "GET", method != "HEAD" else { return .usual }
            isLost = true
            return .noResponse
        }
        guard isLost, facts.status == .failed, facts.effect == "none" else { return }
        throw Stop(.unansweredEffect(sample.deed(.execute), "none"))
    }

    /// Four at once, again and again: each has to come to the output that it has alone.
    private static func callAtOnce(_ exam: Examination, _ samples: [CheckSheet.Sample]) throws(Stop) {
        let lanes = 4
        let pairs = Dictionary(grouping: samples, by: \.operation).values.filter { $0.count > 1 }.map {
            Array($0.prefix(2))
        }
        for pair in pairs {
            var alone: [JSONValue] = []
            for sample in pair { alone.append(try steady(try Try.ready(exam), sample)) }
            let it = try Try.ready(exam, lanes: lanes)
            let outcomes = Monitor<[Result<Bool, Stop>]>([])
            for lane in 0..<lanes {
                let (sample, wanted) = (pair[lane % 2], alone[lane % 2])
                startThread {
                    let outcome = Result { () throws(Stop) in
                        var isSame = true
                        // The same step again and again: what it made once is found again.
                        let step = TriedStep()
                        for _ in 0..<25 {
                            let facts = try it.made(.execute, sample, of: step, lane: lane)
                            guard facts.status == .ok else { continue }
                            let output = exam.sheet.steady(facts.output.without(it.world))
                            isSame = isSame && output.sameJSON(as: wanted)
                        }
                        return isSame
                    }
                    outcomes.change { $0.append(outcome) }
                }
            }
            for outcome in outcomes.wait(until: { $0.count == lanes ? $0 : nil }) {
                guard try outcome.get() else { throw Stop(.mixed(pair[0].deed(.execute))) }
            }
        }
    }

    private static func steady(_ it: Try, _ sample: CheckSheet.Sample) throws(Stop) -> JSONValue {
        it.exam.sheet.steady(try it.made(.execute, sample).output.without(it.world))
    }

    // MARK: - Time

    static let time: [Trial] = [
        Trial("E01", 3, needs: ["D02"]) { exam throws(Stop) in
            let it = try Try.ready(exam)
            for sample in try exam.someSamples() {
                try it.move(to: World(exam))
                let facts = try it.made(.execute, sample, of: TriedStep(), ["cancelled": true])
                try throwIfSlow(sample, facts.milliseconds)
            }
            return .pass
        },
        Trial("E02", 3, needs: ["E01"]) { exam throws(Stop) in
            let it = try Try.ready(exam)
            for sample in try exam.someSamples() {
                try it.move(to: World(exam))
                let facts = try it.made(.execute, sample, of: TriedStep(), ["cancel_after_ms": 30])
                try throwIfSlow(sample, facts.milliseconds - 30)
            }
            return .pass
        },
        Trial("E03", 3, needs: ["D02"]) { exam throws(Stop) in
            guard let seconds = exam.manifest!.heartbeatSeconds else { return .skip(.without("heartbeat_seconds")) }
            return try throughSamples(exam) { sample, facts throws(Stop) in
                let most = Int64(seconds * 1000)
                guard facts.silenceMilliseconds > most else { return }
                throw Stop(.silent(sample.deed(.execute), milliseconds: facts.silenceMilliseconds, most: most))
            }
        },
        Trial("E04", 3, needs: ["E02"]) { exam throws(Stop) in
            let it = try Try.ready(exam)
            for sample in try exam.someSamples() {
                try it.move(to: World(exam))
                let facts = try it.made(
                    .execute, sample, of: TriedStep(), ["cancel_after_ms": 1, "nudge_late": true])
                guard facts.nudgeMilliseconds < 1000 else {
                    throw Stop(
                        .slow("cancel() of \(sample.operation)", milliseconds: facts.nudgeMilliseconds, most: 1000))
                }
            }
            return .pass
        },
    ]

    private static func throwIfSlow(_ sample: CheckSheet.Sample, _ milliseconds: Int64) throws(Stop) {
        guard milliseconds > 2000 else { return }
        throw Stop(
            .slow("stopping, when asked to, the \(sample.deed(.execute))", milliseconds: milliseconds, most: 2000))
    }
}

extension Finding.Change {
    /// `threads`, or `descriptor` of any number.
    fileprivate var kind: String { what.hasPrefix("descriptor") ? "descriptor" : what }
}
