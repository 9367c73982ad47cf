/// Which resource is in which project. A resource does not say so itself: projects do, one call each.
struct Memberships {
    private var projects: [String: Int64] = [:]
    /// Every project has said who is in it; else, who is not found here may be anywhere.
    var isComplete = false

    mutating func add(kind: String, providerID: String, project: Int64) {
        projects["\(kind):\(providerID)"] = project
    }

    func project(of resource: ProviderResource) -> Membership {
        if projects.isEmpty, !isComplete { return .unknown }
        if let project = projects["\(resource.kind):\(resource.providerID)"] { return .known(project) }
        return isComplete ? .known(nil) : .unknown
    }
}
