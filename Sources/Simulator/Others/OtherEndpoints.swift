/// The account, and the kinds of resource of which this account has none.
enum OtherEndpoints {
    static let ownerUUID = "99525febec065ca37b2ffe4f852fd2b2581895e7"

    static let routes = [
        Route("GET", "account", scope: "account:read", account),
        Route("GET", "reserved_ips", scope: "reserved_ip:read") { _, call in none("reserved_ips", call) },
        Route("GET", "domains", scope: "domain:read") { _, call in none("domains", call) },
        Route("GET", "load_balancers", scope: "load_balancer:read") { _, call in none("load_balancers", call) },
        // This list alone has neither links nor a total.
        Route("GET", "databases", scope: "database:read") { _, _ in .json(["databases": []]) },
        Route("GET", "kubernetes/clusters", scope: "kubernetes:read") { _, call in none("kubernetes_clusters", call) },
        Route("GET", "spaces/keys", scope: "spaces_key:read") { _, call in none("keys", call) },
        Route("GET", "account/keys", scope: "ssh_key:read") { _, call in none("ssh_keys", call) },
    ]

    private static func none(_ key: String, _ call: Call) -> Answer { call.list(key, [JSON]()) { $0 } }

    private static func account(_ account: inout Account, _ call: Call) -> Answer {
        .json([
            "account": [
                "droplet_limit": .integer(account.dropletCapacity), "floating_ip_limit": 5, "reserved_ip_limit": 5,
                "volume_limit": 100, "email": "sammy@example.com", "name": "Sammy the Shark",
                "uuid": .string(ownerUUID), "email_verified": true, "status": "active", "status_message": "",
                "team": ["uuid": "c5b4e1f7b35c5d1e3e1f0a3e4c5b6d7e8f901234", "name": "Harbour"],
            ]
        ])
    }
}
