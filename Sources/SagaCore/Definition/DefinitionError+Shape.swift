extension DefinitionError {
    /// Whether it is about the shape of the definition: which keys there are, of which types and within which limits,
    /// going by nothing but the place itself. Exactly these `DefinitionSchema` finds, too.
    public var isShape: Bool {
        switch fact {
        case .notADefinition, .missingKey, .unknownKey, .keysOutside, .wrongType, .badName, .noSteps,
            .inputsNotAnObject,
            .stepIsNeither, .severalForms, .badItemName, .uselessKey, .usesIsNoName, .unknownPlugin, .refusedPlugin,
            .unknownOperation:
            true
        // What a saga within takes stands elsewhere in the text.
        case .with(_, _, let operation): operation.description != "host.saga"
        // A limit that is another key's value, named in backticks, is more than a schema can say.
        case .outOfRange(_, _, _, let expected): !expected.contains("`")
        default: false
        }
    }
}
