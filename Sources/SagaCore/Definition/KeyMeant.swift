/// The key that an unknown one was to be, as far as that can be guessed: a slip of the fingers, a beginning (`timeout`
/// for `timeout_seconds`), or what other systems call the same.
func keyMeant(by key: String, among known: [String]) -> String? {
    closest(to: key, among: known) ?? known.first { $0.hasPrefix(key + "_") }
        ?? namesElsewhere[key]?.first(where: known.contains)
}

private let namesElsewhere: [String: [String]] = [
    "action": ["uses"], "args": ["with"], "arguments": ["with"], "attempts": ["max_attempts"],
    "backoff": ["multiplier"],
    "compensate": ["compensation"], "condition": ["when"], "if": ["when"], "input": ["with"], "name": ["id", "saga"],
    "operation": ["uses"], "outputs": ["output"], "parameters": ["with"], "params": ["with"], "retries": ["retry"],
    "rollback": ["compensation"], "stages": ["steps"], "task": ["uses"], "tasks": ["steps"], "undo": ["compensation"],
]
