internal import Glibc
internal import PluginHost
internal import SagaCore

/// Level 2: it is loaded and asked who it is, and the process stays as it was.
extension Trial {
    private static let loadable = ["A01", "A02", "A05", "A07", "A08", "A09"]

    static let loading: [Trial] = [
        Trial("B01", 2, needs: loadable) { exam throws(Stop) in
            let facts = try Try(exam).open()
            let milliseconds = facts["ms"]?.intValue ?? 0
            guard milliseconds < 2000 else { throw Stop(.slow("loading it", milliseconds: milliseconds, most: 2000)) }
            return .pass
        },
        Trial("B02", 2, needs: ["B01"]) { exam throws(Stop) in
            let it = try Try(exam)
            if let change = try it.open().changes.first { throw Stop(.changed(change, doing: "loading it")) }
            return .pass
        },
        Trial("B03", 2, needs: ["B01"]) { exam throws(Stop) in
            if let reason = try entered(exam)["none"]?.stringValue { throw Stop(.refused(reason)) }
            return .pass
        },
        Trial("B04", 2, needs: ["B02", "B03"]) { exam throws(Stop) in
            if let change = try entered(exam).changes.first { throw Stop(.changed(change, doing: "its entry")) }
            return .pass
        },
        Trial("B06", 2, needs: ["B03"]) { exam throws(Stop) in
            let facts = try entered(exam)
            let isOurs = ["plugin.struct_too_small", "plugin.needs_newer_host"].contains(facts["code"]?.stringValue)
            if isOurs { throw Stop(.refused(facts["reason"]?.stringValue ?? "")) }
            return .pass
        },
        Trial("B07", 2, needs: ["B06"]) { exam throws(Stop) in
            if let reason = try entered(exam)["reason"]?.stringValue { throw Stop(.refused(reason)) }
            return .pass
        },
        Trial("B05", 2, needs: ["B07"]) { exam throws(Stop) in
            let it = try Try(exam)
            try it.open()
            let facts = try it.order("entry", ["host": "newer"])
            if let reason = facts["none"]?.stringValue ?? facts["reason"]?.stringValue { throw Stop(.refused(reason)) }
            return .pass
        },
        Trial("B08", 2, needs: ["B07"]) { exam throws(Stop) in
            let it = try Try(exam)
            try it.open()
            try it.order("entry")
            let ids = ["", "arcadia.nobody-knows-this/1", "arcadia", String(repeating: "x", count: 65_536)]
            let answered = try it.order("extension", ["ids": .array(ids.map(JSONValue.string))])["answered"]
            let some = answered?.arrayValue?.compactMap(\.stringValue) ?? []
            guard some.isEmpty else { throw Stop(.extensionsForAll(some)) }
            return .pass
        },
        Trial("B09", 2, needs: ["B07"]) { exam throws(Stop) in
            let it = try Try(exam)
            for copy in exam.workshop.copies {
                try it.open(copy)
                let facts = try it.order("entry")
                if let reason = facts["none"]?.stringValue ?? facts["reason"]?.stringValue {
                    throw Stop(.refused(reason))
                }
            }
            return .pass
        },
        Trial("B10", 2, needs: ["B03"]) { exam throws(Stop) in
            guard !exam.options.isInThisProcess else { return .skip(.needsWorker) }
            let it = try Try(exam)
            try it.open()
            try it.order("entry")
            it.bench.end()
            let printed = it.bench.printed
            guard printed.isEmpty else { throw Stop(.printed(OneLine.of(printed))) }
            return .pass
        },
    ]

    private static func entered(_ exam: Examination) throws(Stop) -> JSONValue {
        let it = try Try(exam)
        try it.open()
        return try it.order("entry")
    }
}

enum OneLine {
    /// What a plugin said, safe to show.
    static func of(_ text: String) -> String {
        let line = text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : String($0) }
        return String(line.joined().split(separator: " ").joined(separator: " ").prefix(120))
    }
}
