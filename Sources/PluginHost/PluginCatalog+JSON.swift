public import SagaCore

extension PluginCatalog.Entry {
    /// As the command line and the API tell of a plugin: `{id, version, state, folder, hash, code, reason, hint, signer,
    /// locked, integrity, summary, language, concurrency, placement, http, credentials, files, operations, stats,
    /// rejected}`; what is not known is null.
    public var json: JSONValue {
        var object: JSONObject = [
            "id": .string(id), "version": manifest.map { .string($0.version) } ?? .null,
            "state": .string(state.rawValue),
            "folder": .string(folder), "hash": image.map { .string($0.hash) } ?? .null,
        ]
        object["code"] = refusal.map { .string($0.code) } ?? .null
        object["reason"] = refusal.map { .string($0.message) } ?? .null
        object["hint"] = refusal?.hint.map(JSONValue.string) ?? .null
        object["signer"] = signer.map(JSONValue.string) ?? .null
        object["locked"] = .bool(isLocked)
        object["integrity"] = integrity.map(JSONValue.string) ?? .null
        object["summary"] = manifest.map { .string($0.summary) } ?? .null
        object["language"] = manifest?.language.map(JSONValue.string) ?? .null
        object["concurrency"] = manifest.map { .string($0.concurrency.rawValue) } ?? .null
        object["placement"] = placement.map(JSONValue.string) ?? .null
        object["http"] = .array(
            (manifest?.capabilities.http ?? []).map {
                ["host": .string($0.host), "methods": .array($0.methods.map(JSONValue.string))]
            })
        object["credentials"] = .array(
            (manifest?.capabilities.credentials ?? []).map {
                [
                    "name": .string($0.name), "environment": .array($0.environment.map(JSONValue.string)),
                    "summary": .string($0.summary),
                ]
            })
        object["files"] = .array(
            (manifest?.capabilities.files ?? []).map {
                ["path": .string($0.path), "access": .string($0.isWritable ? "write" : "read")]
            })
        object["operations"] = .array((manifest?.operations ?? []).map(\.json))
        object["stats"] = statistics ?? .null
        object["rejected"] = rejected?.json ?? .null
        return .object(object)
    }
}

extension PluginCatalog.Rejected {
    /// `{version, hash, code, reason, hint}`
    var json: JSONValue {
        [
            "version": version.map(JSONValue.string) ?? .null, "hash": hash.map(JSONValue.string) ?? .null,
            "code": .string(refusal.code), "reason": .string(refusal.message),
            "hint": refusal.hint.map(JSONValue.string) ?? .null,
        ]
    }
}

extension PluginManifest.ManifestOperation {
    /// `{name, uses, kind, summary, compensable, probeable, idempotent, irreversible, plannable, input, output, examples,
    /// timeout_seconds}`, of a typed function its `signature`, and `api_calls` where the manifest says them.
    public var json: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "uses": .string(operation.name.description), "kind": .string(kind),
            "summary": .string(operation.summary), "compensable": .bool(operation.isCompensable),
            "probeable": .bool(operation.isProbeable), "idempotent": .bool(operation.isIdempotent),
            "irreversible": .bool(operation.isIrreversible), "plannable": .bool(operation.isPlannable),
            "input": operation.input.source,
            "output": operation.output.source, "examples": .array(examples),
            "timeout_seconds": operation.timeoutSeconds.map(HostTable.number) ?? .null,
        ]
        object["signature"] = signature.map { .string($0.text) }
        object["api_calls"] = apiCalls
        return .object(object)
    }

    /// `{execute?, compensate?}`; nil: it does not say.
    private var apiCalls: JSONValue? {
        guard operation.apiCalls != .unsaid else { return nil }
        var object = JSONObject()
        object["execute"] = operation.apiCalls.execute.map { .int(Int64($0)) }
        object["compensate"] = operation.apiCalls.compensate.map { .int(Int64($0)) }
        return .object(object)
    }
}
