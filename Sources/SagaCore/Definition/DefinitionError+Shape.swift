extension DefinitionError {
    /// Whether it is about the shape of the definition: which keys there are, of which types and within which limits,
    /// going by nothing but the place itself. Exactly these `DefinitionSchema` finds, too.
    public var isShape: Bool {
        switch fact {
        case .notADefinition, .missingKey, .unknownKey, .wrongType, .badName, .noSteps, .tooManySteps,
            .inputsNotAnObject, .stepIsNeither, .usesIsNoName, .unknownPlugin, .refusedPlugin, .unknownOperation, .with:
            true
        // A limit that is another key's value, named in backticks, is more than a schema can say.
        case .outOfRange(_, _, _, let expected): !expected.contains("`")
        default: false
        }
    }
}
