/// What one list of steps has put into the context, by the names that it may have set.
///
/// By name, because a definition may have thousands of steps that each put out something else, and thousands of
/// references to what one of them did.
struct ContextSight {
    /// What came into the context.
    struct Told {
        let output: Sight.Output
        /// False: the step that puts it out may have been left out, or it is one of several lists at the same time,
        /// of which another may have had the last word.
        let isSure: Bool
        /// Higher is later.
        fileprivate let turn: Int

        /// Whether this name was this step's to set, whatever came before it.
        fileprivate func sets(_ name: String) -> Bool {
            guard isSure, let schema = output.schema else { return false }
            if case .known(_, alwaysThere: true) = schema.types(at: [.member(name)]) { return true }
            return false
        }
    }

    /// All of it, in order.
    private var told: [Told] = []
    /// By declared name, in order: from the last that is sure to have set it.
    private var byName: [String: [Told]] = [:]
    /// Names that more than `most` may have set: such a name can be anything.
    private var crowded: Set<String> = []
    /// What may have set names that it does not declare, in order: the last `most` and one, so that at least one is
    /// there that does not declare a name which is not crowded.
    private var open: [Told] = []
    /// As many of one name are told apart: each reference to it goes through all of them.
    private static let most = 100

    mutating func add(_ output: Sight.Output, isSure: Bool) {
        let latest = Told(output: output, isSure: isSure, turn: told.count)
        told.append(latest)
        for name in output.schema?.propertyNames ?? [] {
            if latest.sets(name) {
                byName[name] = [latest]
                crowded.remove(name)
            } else if !crowded.contains(name) {
                byName[name, default: []].put(latest)
                if byName[name]!.count > Self.most { crowded.insert(name) }
            }
        }
        if output.schema?.allowsOtherProperties ?? true {
            open.put(latest)
            if open.count > Self.most + 1 { open.removeFirst() }
        }
    }

    /// What lists within have put there, in the order they are written.
    mutating func join(_ lists: [ContextSight], isCertain: Bool) {
        for list in lists {
            for told in list.told {
                add(told.output, isSure: told.isSure && isCertain && lists.count == 1)
            }
        }
    }

    /// The names that are declared, the latest first.
    var names: [String] { told.reversed().flatMap { $0.output.schema?.propertyNames ?? [] } }

    /// What may have set the name, the latest first; `isSet`: the last of them is sure to have. Nil: it can be anything.
    func tellers(of name: String) -> (tellers: [Told], isSet: Bool)? {
        if crowded.contains(name) { return nil }
        let declared = byName[name] ?? []
        let isSet = declared.first?.sets(name) ?? false
        let since = isSet ? declared[0].turn : -1
        let turns = Set(declared.map(\.turn))
        for other in open.reversed() where other.turn > since && !turns.contains(other.turn) { return nil }
        return (declared.reversed(), isSet)
    }
}

extension [ContextSight.Told] {
    /// Puts it last; the same once.
    fileprivate mutating func put(_ latest: ContextSight.Told) {
        removeAll { $0.output == latest.output && (latest.isSure || !$0.isSure) }
        append(latest)
    }
}
