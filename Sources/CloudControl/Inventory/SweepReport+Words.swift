extension SweepReport {
    /// One sentence: what happened, and what was kept.
    public var message: String {
        switch outcome {
        case .complete: "\(sightings)\(ends)"
        case .failed(let failure, let page):
            "page \(page) of the \(kind)s did not come: \(failure.words); \(whatIsKept)"
        case .cutShort(let seen, let total):
            "the list of \(kind)s ended after \(seen) of \(total); \(whatIsKept)"
        case .notAsAgreed(let mistake, let page):
            "page \(page) of the \(kind)s makes no sense: \(mistake.message); \(whatIsKept)"
        case .questionFailed(let failure, let resourceID):
            "whether \"\(resourceID)\" is gone could not be asked: \(failure.words); \(whatIsKept)"
        case .answerNotAsAgreed(let mistake, let resourceID):
            "whether \"\(resourceID)\" is gone was answered without sense: \(mistake.message); \(whatIsKept)"
        case .breaker(let missing, let live, let percent):
            "\(missing) of \(live) \(kind)s are missing for the last time before they count as deleted, more than \(percent) % at once, so the sweep stopped; \(whatIsKept)"
        }
    }

    public var hint: String? {
        switch outcome {
        case .failed(let failure, _), .questionFailed(let failure, _): failure.hint(provider: provider)
        case .breaker:
            "look at the provider's own page; if they are really gone, sync once with `--believe-deletions`"
        case .complete where kept > 0: "the next sweep asks for \(kept == 1 ? "it" : "them")"
        case .complete, .cutShort, .notAsAgreed, .answerNotAsAgreed: nil
        }
    }

    private var sightings: String {
        let news = [(new, "new"), (updated, "updated"), (restored, "restored")].filter { $0.0 > 0 }
        let words = news.isEmpty ? "nothing new" : news.map { "\($0) \($1)" }.joined(separator: ", ")
        return "\(count(seen)) seen, \(words)"
    }

    private var ends: String {
        let parts = [
            struck == 0 ? nil : "\(struck) not in the list, believed to be gone when that lasts",
            found == 0 ? nil : "\(found) not in the list but found by asking",
            deleted == 0 ? nil : "\(deleted) deleted",
            kept == 0 ? nil : "\(kept) missing and not asked for yet",
        ].compactMap { $0 }
        return parts.isEmpty ? "" : "; " + parts.joined(separator: ", ")
    }

    private var whatIsKept: String {
        let others =
            switch kept {
            case 0: "no other was known"
            case 1: "the one not seen stays as it was"
            default: "the \(kept) not seen stay as they were"
            }
        return "\(count(seen)) seen and written down, \(others), no strike was counted"
    }

    private func count(_ number: Int) -> String { "\(number) \(kind)\(number == 1 ? "" : "s")" }
}

extension AdapterFailure {
    /// What the adapter said, with the status the provider answered where the adapter did not say it.
    var words: String {
        let isSaid = message.split { !$0.isNumber }.contains { $0 == "\(remoteStatus)" }
        return remoteStatus == 0 || isSaid ? message : "\(message) (status \(remoteStatus))"
    }

    func hint(provider: String) -> String? {
        switch (remoteStatus, code) {
        case (401, _), (_, "auth"), (403, _), (_, "denied"):
            "`arcadia plugins show \(provider)` says which token is used and where it comes from"
        case (429, _), (_, "rate"): "the next sweep starts over; a token for syncing alone has a limit of its own"
        case (500..., _), (_, "remote"), (_, "network"), (_, "timeout"): "the next sweep starts over"
        default: nil
        }
    }
}
