internal import PluginHost
internal import SagaCore

/// Level 3: an instance is made, asked and destroyed.
extension Trial {
    static let instance: [Trial] = [
        Trial("C01", 3, needs: ["B07"]) { exam throws(Stop) in
            let it = try asked(exam)
            let made = try it.order("create", ["config": it.world.config])
            guard made["status"]?.intValue == 0 else {
                guard made["error"] != nil else {
                    throw Stop(.createSilent(status: made["status"]?.intValue ?? -1))
                }
                throw Stop(.createRefused(.init(made["error"])))
            }
            return .pass
        },
        Trial("C03", 3, needs: ["C01"]) { exam throws(Stop) in
            let it = try asked(exam)
            let change = try it.order("create", ["config": it.world.config]).changes.first(where: isOfTheProcess)
            if let change { throw Stop(.changed(change, doing: "making an instance")) }
            return .pass
        },
        Trial("C04", 3, needs: ["C01"]) { exam throws(Stop) in
            let facts = try Try.ready(exam).order("destroy")
            let milliseconds = facts["ms"]?.intValue ?? 0
            guard milliseconds < 1000 else { throw Stop(.slow("destroy", milliseconds: milliseconds, most: 1000)) }
            return .pass
        },
        Trial("C05", 3, needs: ["C01"]) { exam throws(Stop) in
            let facts = try Try.ready(exam).order("health")
            guard facts["none"] == nil else { return .skip(.without("health function")) }
            let milliseconds = facts["ms"]?.intValue ?? 0
            guard milliseconds < 1000 else { throw Stop(.slow("health", milliseconds: milliseconds, most: 1000)) }
            let status = facts["status"]?.intValue ?? -1
            guard status == 0 || facts["error"] != nil else { throw Stop(.healthSilent(status: status)) }
            return .pass
        },
        Trial("C02", 3, needs: ["C01", "C04"]) { exam throws(Stop) in
            let it = try asked(exam)
            func rounds(_ count: Int64) throws(Stop) -> JSONValue {
                try it.order("create", ["config": it.world.config, "rounds": .int(count)])
            }
            _ = try rounds(100)
            let before = try it.order("look")
            let change = try rounds(400).changes.first { $0.what == "threads" || $0.what.hasPrefix("descriptor") }
            if let change { throw Stop(.changed(change, doing: "making and destroying 400 instances")) }
            try throwIfGrown(before, try it.order("look"), doing: "400 instances made and destroyed")
            return .pass
        },
    ]

    static func asked(_ exam: Examination) throws(Stop) -> Try {
        let it = try Try(exam)
        try it.open()
        try it.order("entry")
        return it
    }

    /// Not threads and open files, which an instance and a first call may well have.
    static func isOfTheProcess(_ change: Finding.Change) -> Bool {
        let isFile = change.what.hasPrefix("descriptor ")
        let isStandard = ["descriptor 0", "descriptor 1", "descriptor 2"].contains(change.what)
        return change.what != "threads" && (!isFile || isStandard)
    }

    static func throwIfGrown(_ before: JSONValue, _ after: JSONValue, doing: String) throws(Stop) {
        let (from, to) = (before["bytes"]?.intValue ?? 0, after["bytes"]?.intValue ?? 0)
        guard to - from < 1 << 20 else {
            throw Stop(.grows("memory, in KiB,", doing: doing, from: from >> 10, to: to >> 10))
        }
    }
}
