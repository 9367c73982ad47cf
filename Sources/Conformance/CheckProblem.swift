/// Why a check cannot be made at all.
public struct CheckProblem: Error, Sendable {
    enum Fact: Sendable {
        case noFolder(String)
        case sheet(String)
        case workshop(String)
        case server(String)
        case cassette(String)
    }

    let fact: Fact
    init(_ fact: Fact) { self.fact = fact }

    public var message: String {
        switch fact {
        case .noFolder(let path): "there is no folder \"\(path)\"; expected a plugin's, with plugin.json in it"
        case .sheet(let what): "check.json: \(what)"
        case .workshop(let why): "no temporary folder can be made: \(why)"
        case .server(let what): "the server that check.json names: \(what)"
        case .cassette(let what): what
        }
    }
}
