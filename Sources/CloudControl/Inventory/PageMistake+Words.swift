extension PageMistake {
    public var message: String {
        switch self {
        case .noResources: "the answer has no list `resources`"
        case .resource(let number, .notAnObject(let found)):
            "resource \(number) of the page is of type \(found); expected an object"
        case .resource(let number, .missing(let key)): "resource \(number) of the page has no `\(key)`"
        case .resource(let number, .wrongType(let key, let found, let expected)):
            "`\(key)` of resource \(number) of the page is of type \(found); expected \(expected)"
        case .kind(let kind, let expected): "a resource of kind \"\(kind)\" is among those of kind \"\(expected)\""
        case .circle(let cursor): "the list goes on at \"\(cursor)\", where it was before"
        case .otherResource(let found, let asked): "\"\(asked)\" was asked for, and \"\(found)\" came"
        }
    }
}
