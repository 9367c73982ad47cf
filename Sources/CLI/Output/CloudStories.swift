internal import CloudControl
internal import SagaCore

/// Whose a desired state is: it stays with the run that made the resource, also where a later version is an operator's.
private func author(_ runID: String?, of version: Int) -> String {
    runID.map { version == 1 ? "by run \($0)" : "first by run \($0)" } ?? "by hand"
}

/// A drift from three sides, for a person: what was asked for, what is, who changed it when.
struct DriftStory {
    let view: DriftView
    /// There is an operation that puts it right.
    let isRepairable: Bool

    func tell() {
        let drift = view.drift
        Terminal.print(Style.bold.on("drift \(drift.driftID)  \(drift.name)  \(drift.field)  \(state)"))
        Terminal.print(drift.resourceID)
        Terminal.print("")
        var facts = FactSheet()
        facts.add(
            "asked for",
            [view.expected?.plain ?? "nothing any more", request].compactMap(\.self).joined(separator: "\n"))
        facts.add("is", "\(view.live?.plain ?? "not known")\nlast seen \(view.lastSeenAt)")
        for (number, change) in view.changes.enumerated() {
            facts.add(
                number == 0 ? "changed" : "", "\(change.at)  \(change.deed)" + (words(change).map { "\n" + $0 } ?? ""))
        }
        if view.changes.isEmpty { facts.add("changed", "the log says nothing of this field") }
        facts.add("closed", closed)
        for line in facts.lines() { Terminal.print(line) }
        if drift.status == .open { hints.forEach(Terminal.say) }
    }

    private var state: String {
        view.drift.status == .open && view.drift.revertingRun != nil ? "reverting" : view.drift.status.rawValue
    }

    private var request: String? {
        guard let version = view.specVersion else { return nil }
        return "version \(version), \(author(view.specRunID, of: version))"
            + (view.specUpdatedAt.map { "\n\($0)" } ?? "")
    }

    /// Of this field alone; nil where the whole resource went or came.
    private func words(_ change: ResourceEvent) -> String? {
        let field = view.drift.field
        func value(_ fields: JSONValue?) -> JSONValue? { fields?[field] ?? fields?["attrs"]?[field] }
        return switch (value(change.before), value(change.after)) {
        case (let before?, let after?): "\(before.plain) → \(after.plain)"
        case (nil, let after?): after.plain
        default: nil
        }
    }

    private var closed: String? {
        guard let at = view.drift.closedAt else { return nil }
        return "\(at)  by \(view.drift.closedBy ?? "nobody")" + (view.drift.reason.map { "\n\($0)" } ?? "")
    }

    private var hints: [String] {
        let drift = view.drift
        let field = drift.field.contains("(") ? "'\(drift.field)'" : drift.field
        return [
            "hint: `arcadia drift accept \(drift.driftID) --reason WHY` "
                + (drift.kind == .missing ? "asks nothing of it any more" : "keeps what is"),
            isRepairable
                ? "hint: `arcadia drift revert \(drift.driftID) --reason WHY` restores what was asked for" : nil,
            "hint: `arcadia drift ignore \(field) --days 30 --reason WHY \\",
            "        --resource \(drift.resourceID)` keeps quiet about it",
        ].compactMap(\.self)
    }
}

/// A resource for a person: how it is, what it was asked to be, what happened to it.
struct ResourceStory {
    let row: ResourceRow
    let spec: ProvisionedSpec?
    /// As they happened.
    let events: [ResourceEvent]
    /// So many of them, the last first.
    private static let shown = 10

    func tell() {
        Terminal.print(
            Style.bold.on("\(row.name)  \(row.kind)  \(row.deletedAt == nil ? row.status ?? "" : "deleted")"))
        Terminal.print(row.resourceID)
        Terminal.print("")
        tellHowItIs()
        if let spec { tell(spec) }
        guard !events.isEmpty else { return }
        Terminal.print("\nwhat happened")
        for event in events.suffix(Self.shown).reversed() {
            for line in event.story { Terminal.print(line) }
        }
        guard events.count > Self.shown else { return }
        Terminal.say("hint: `arcadia inventory events \(row.resourceID)` shows what happened before")
    }

    private func tellHowItIs() {
        var facts = FactSheet()
        facts.add("region", row.region)
        facts.add("size", row.sizeSlug)
        facts.add("tags", row.tags.isEmpty ? nil : row.tags.joined(separator: ", "))
        facts.add("project", row.project)
        facts.add("made", row.createdAt)
        facts.add("first seen", row.firstSeenAt.description)
        let misses = row.strikes == 0 || row.deletedAt != nil ? "" : ", not by the last \(row.strikes) complete syncs"
        facts.add("last seen", row.lastSeenAt.description + misses)
        facts.add("deleted", row.deletedAt?.description)
        for (name, value) in row.attrs where value != .null { facts.add(name, value.plain) }
        for line in facts.lines() { Terminal.print(line) }
    }

    private func tell(_ spec: ProvisionedSpec) {
        let author = author(spec.runID, of: spec.specVersion)
        Terminal.print("\nasked for, version \(spec.specVersion), \(author)")
        var facts = FactSheet()
        for (field, value) in spec.spec { facts.add(field, value.plain) }
        for line in facts.lines() { Terminal.print(line) }
    }
}

extension ResourceEvent {
    /// What happened and by whom. What a sync finds, it did not do.
    var deed: String {
        source == "sync" ? "\(kind.rawValue), found by a sync" : "\(kind.rawValue) by \(source)"
    }

    /// A line of when and what, then a line a field; of a first sight no more than that.
    fileprivate var story: [String] {
        var facts = FactSheet()
        if before != nil, after != nil {
            for field in Self.leaves(after) {
                let old = Self.leaf(field, before)?.plain ?? "nothing"
                facts.add(field, "\(old) → \(Self.leaf(field, after)?.plain ?? "nothing")")
            }
        }
        return ["  \(at)  \(deed)"] + facts.lines().map { "  " + $0 }
    }

    private static func leaves(_ fields: JSONValue?) -> [String] {
        let attrs = fields?["attrs"]?.objectValue?.keys.map(\.self) ?? []
        return (fields?.objectValue?.keys.filter { $0 != "attrs" } ?? []) + attrs
    }

    private static func leaf(_ field: String, _ fields: JSONValue?) -> JSONValue? {
        fields?[field] ?? fields?["attrs"]?[field]
    }
}
