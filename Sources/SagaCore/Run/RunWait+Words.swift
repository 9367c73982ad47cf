extension RunWait {
    /// eg: "waits for a signal at approve, until 14:05 UTC, and 2 steps more"
    public func words(at now: Timestamp) -> String {
        var words = first.cause == .signal ? "waits for a signal at \(first.stepID)" : "waits at \(first.stepID)"
        if let until = first.until {
            words += (first.cause == .signal ? ", " : " ") + "until \(until.shortened(at: now))"
        }
        return others == 0 ? words : words + ", and \(others) step\(others == 1 ? "" : "s") more"
    }
}

extension Timestamp {
    /// To the minute, and with the day where that is another. eg: "14:05 UTC", "2026-11-23 14:05 UTC"
    public func shortened(at now: Timestamp) -> String {
        let (text, today) = (description, now.description.prefix(10))
        let time = text.dropFirst(11).prefix(5)
        return (text.hasPrefix(today) ? "" : text.prefix(10) + " ") + time + " UTC"
    }
}
