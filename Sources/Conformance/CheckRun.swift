public import SagaCore

/// What a test came to.
public struct TrialResult: Sendable {
    public let trial: Trial
    public let verdict: Verdict
    public let milliseconds: Int64
}

/// Makes the tests, one after the other.
public struct CheckRun: Sendable {
    private let exam: Examination

    public init(_ exam: Examination) { self.exam = exam }

    /// Those that the options choose.
    ///
    /// - Throws: an id that no test has.
    public static func chosen(_ options: CheckOptions) throws(UnknownTrial) -> [Trial] {
        let known = Set(Trial.all.map(\.id))
        if let other = (options.only + options.skip).first(where: { !known.contains($0) }) {
            throw UnknownTrial(id: other)
        }
        return Trial.all.filter { trial in
            let isWanted = options.only.isEmpty ? trial.level <= options.level : options.only.contains(trial.id)
            return isWanted && !options.skip.contains(trial.id)
        }
    }

    public struct UnknownTrial: Error, Sendable { public let id: String }

    /// - Parameter tell: hears of each test before it begins.
    public func perform(_ trials: [Trial], tell: (Trial) -> Void = { _ in }) -> [TrialResult] {
        var results: [TrialResult] = []
        // Asked for by name, a test is made whatever came of others.
        let isAlone = !exam.options.only.isEmpty
        var notPassed: [String] = []
        for trial in trials {
            tell(trial)
            let began = ContinuousClock.now
            let obstacle = isAlone ? nil : notPassed.first(where: trial.isBased(on:))
            let verdict = obstacle.map { .skip(.needs($0)) } ?? made(trial)
            let time = began.duration(to: .now)
            results.append(
                TrialResult(
                    trial: trial, verdict: verdict,
                    milliseconds: time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000))
            if verdict.isFailure { notPassed.append(trial.id) }
        }
        return results
    }

    private func made(_ trial: Trial) -> Verdict {
        // What has to be there at all, also for a test that is asked for by name.
        if exam.manifest == nil, trial.isBased(on: "A02") { return .skip(.needs("A02")) }
        if exam.facts == nil, trial.isBased(on: "A01") { return .skip(.needs("A01")) }
        do throws(Stop) {
            return try trial.perform(exam)
        } catch {
            return error.verdict
        }
    }
}

extension Trial {
    /// By itself, or by what it needs.
    fileprivate func isBased(on id: String) -> Bool {
        needs.contains { need in need == id || Trial.all.first { $0.id == need }?.isBased(on: id) == true }
    }
}
