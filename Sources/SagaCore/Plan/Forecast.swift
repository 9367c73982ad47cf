/// What an operation says that it would do, with what it is given.
public struct Forecast: Sendable, Hashable {
    public var resources: [PlannedResource]
    /// What a person should know of it, a sentence each.
    public var notes: [String]
    /// Members of `with` that only a run knows, so that the plugin was not told them.
    public var leftOut: [String]

    public init(resources: [PlannedResource] = [], notes: [String] = [], leftOut: [String] = []) {
        self.resources = resources
        self.notes = notes
        self.leftOut = leftOut
    }

    static let mostNotes = 20
    static let mostResources = 1000

    /// Reads what a plugin put out: `{"resources": [{"action", "kind", …}], "notes": ["…"]}`
    ///
    /// - Throws: what is wrong with it, as the end of a sentence about the plugin's forecast.
    public init(_ output: JSONObject, leftOut: [String] = []) throws(ForecastMistake) {
        let listed = output["resources"] ?? []
        guard let items = listed.arrayValue, items.count <= Self.mostResources else {
            throw ForecastMistake("`resources` is no list of at most \(Self.mostResources)")
        }
        var resources: [PlannedResource] = []
        for (index, item) in items.enumerated() {
            resources.append(try PlannedResource(item, place: "resources[\(index)]"))
        }
        let notes = output["notes"]?.arrayValue?.compactMap(\.stringValue) ?? []
        self.init(
            resources: resources, notes: notes.prefix(Self.mostNotes).map { String($0.prefix(500)) }, leftOut: leftOut)
    }

    /// `{"resources": [Resource], "notes": ["…"], "left_out": ["…"]}`
    var json: JSONValue {
        [
            "resources": .array(resources.map(\.json)), "notes": .array(notes.map(JSONValue.string)),
            "left_out": .array(leftOut.map(JSONValue.string)),
        ]
    }
}

/// Why a forecast cannot be read.
public struct ForecastMistake: Error, Sendable, Hashable {
    public let what: String
    init(_ what: String) { self.what = what }
}
