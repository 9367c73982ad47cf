/// What is proved of a definition once every part of it can be followed: each proof is a part of its own, in a file of
/// its own.
///
/// A proof says nothing that may be otherwise: what it cannot tell, it does not find.
struct DefinitionProof {
    private let document: JSONDocument
    private(set) var findings: [DefinitionError] = []

    init(of saga: CheckedSaga, in document: JSONDocument, catalog: any OperationCatalog) {
        self.document = document
        for level in saga.everySaga {
            proveConditions(level)
            proveScopes(level)
            proveCompensations(level)
            proveSecrets(level)
            proveLoops(level)
            proveValues(level)
            proveContext(level)
            proveAttempts(level)
        }
        proveDurations(saga)
        proveRequests(saga, catalog)
        proveIrreversible(saga)
    }

    /// What says that something is not used, which is certain only where everything else was understood.
    mutating func proveUse(of saga: CheckedSaga) {
        for level in saga.everySaga { proveInputs(level) }
    }

    mutating func note(_ finding: ProofFinding, at pointer: JSONPointer, key: Bool = false) {
        // What was brought along was checked where it was written.
        if finding.severity == .warning, pointer.tokens.first == DefinitionBundle.key { return }
        note(.proof(finding), at: pointer, key: key)
    }

    mutating func note(_ fact: DefinitionError.Fact, at pointer: JSONPointer, key: Bool = false) {
        let position = key ? document.position(ofKey: pointer) : document.position(of: pointer)
        findings.append(DefinitionError(fact, at: pointer, position: position))
    }

    func isWritten(_ pointer: JSONPointer) -> Bool { document.position(of: pointer) != nil }
}
