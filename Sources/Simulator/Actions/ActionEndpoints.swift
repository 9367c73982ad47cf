/// `/v2/actions`
enum ActionEndpoints {
    static let routes = [
        Route("GET", "actions", scope: "actions:read") { account, call in
            // Newest first.
            call.list("actions", account.actions.ids.reversed()) { account.actions[$0]!.json }
        },
        Route("GET", "actions/{id}", scope: "actions:read") { account, call throws(ProviderError) in
            guard let action = account.actions[try call.id(2)] else { throw .notFound }
            return .json(["action": action.json])
        },
    ]
}
