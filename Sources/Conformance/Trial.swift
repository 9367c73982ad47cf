/// One test of a plugin.
public struct Trial: Sendable {
    /// Never given to another test. eg: "D04"
    public let id: String
    /// 1 static, 2 load, 3 contract, 4 saga laws, 5 stress and fuzz.
    public let level: Int
    /// Those that have to pass before this one means anything.
    let needs: [String]
    let perform: @Sendable (Examination) throws(Stop) -> Verdict

    init(
        _ id: String, _ level: Int, needs: [String] = [],
        _ perform: @escaping @Sendable (Examination) throws(Stop) -> Verdict
    ) {
        self.id = id
        self.level = level
        self.needs = needs
        self.perform = perform
    }

    /// In the order in which they are made.
    public static let all = library + loading + instance + calling + time + laws + adapting + placing + stress
}
