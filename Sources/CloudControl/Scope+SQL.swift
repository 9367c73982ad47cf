internal import SagaCore
internal import Storage

/// A part of a WHERE, and what is bound to its `?`s.
struct SQLCondition {
    let sql: String
    let values: [SQLValue]
}

/// Where a scope becomes SQL; nowhere else.
///
/// A resource is of the tenant of its project; what is in no project is the platform's. What a tenant asks costs by what
/// the tenant has, not by what the others have: the way goes from its projects.
extension Scope {
    private static let projects = "(SELECT project FROM cloud_projects WHERE tenant = ?)"

    /// - Parameter column: where a project's number stands. Nil: everything lies within.
    func condition(onProject column: String) -> SQLCondition? { condition(column, Self.projects) }

    /// - Parameter column: where a resource's number stands. Nil: everything lies within.
    func condition(onResource column: String) -> SQLCondition? {
        condition(column, "(SELECT resource FROM cloud_resources WHERE project IN \(Self.projects))")
    }

    private func condition(_ column: String, _ within: String) -> SQLCondition? {
        switch reach {
        case .everything: nil
        case .tenant(let tenant): SQLCondition(sql: "\(column) IN \(within)", values: [.text(tenant)])
        }
    }
}
