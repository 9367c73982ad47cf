extension ProjectReport {
    public var message: String {
        if let trouble, isComplete { return "\(words(trouble)); \(members) members of \(seen) projects were read" }
        if let trouble { return "\(words(trouble)); resources stay in the project they were in" }
        let made = created.map { ", \"\($0)\" made" } ?? ""
        return
            "\(seen) \(seen == 1 ? "project" : "projects")\(made), \(members) \(members == 1 ? "member" : "members")"
    }

    public var hint: String? {
        if case .failed(let failure, _) = trouble { failure.hint(provider: provider) } else { nil }
    }

    private func words(_ trouble: Trouble) -> String {
        switch trouble {
        case .failed(let failure, .list): "the list of projects did not come: \(failure.words)"
        case .failed(let failure, .ensure(let name)): "project \"\(name)\" was not made: \(failure.words)"
        case .failed(let failure, .members(let name)):
            "who is in project \"\(name)\" was not told: \(failure.words)"
        case .noList(let key): "the answer about projects has no `\(key)`"
        case .noIdentity: "a project came without `provider_id` or `name`"
        }
    }
}
