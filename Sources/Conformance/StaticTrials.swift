internal import Glibc
internal import PluginHost
internal import SagaCore

/// Level 1: what the files say. No line of the plugin runs.
extension Trial {
    static let library: [Trial] = [
        Trial("A01", 1, needs: ["A02"]) { exam throws(Stop) in
            if let problem = exam.libraryProblem { throw Stop(.refused(problem)) }
            return .pass
        },
        Trial("A02", 1) { exam throws(Stop) in
            if let refusal = exam.manifestRefusal { throw Stop(.refused(refusal.reason)) }
            return .pass
        },
        Trial("A03", 1, needs: ["A02"]) { exam throws(Stop) in
            let version = exam.manifest!.version
            guard isSemantic(version) else { throw Stop(.versionIsNone(version)) }
            return .pass
        },
        Trial("A05", 1, needs: ["A01"]) { exam throws(Stop) in
            do throws(PluginRefusal.Fact) {
                try PluginFolder.checkEntry(exam.library!)
            } catch {
                throw Stop(.refused(PluginRefusal(error, path: "").reason))
            }
            return .pass
        },
        Trial("A06", 1, needs: ["A05"]) { exam throws(Stop) in
            let others = exam.facts!.exports.filter { !$0.hasPrefix("arcadia_plugin_entry_v") }.sorted()
            return others.isEmpty ? .pass : .warn(.exportsMore(others))
        },
        Trial("A07", 1, needs: ["A01"]) { exam throws(Stop) in
            let missing = exam.linker!.missing
            guard missing.isEmpty else { throw Stop(.librariesMissing(missing)) }
            return .pass
        },
        Trial("A08", 1, needs: ["A07"]) { exam throws(Stop) in
            let known = exam.linker!.exports
            let unknown = exam.facts!.undefined.filter { !known.contains($0) }
            guard unknown.isEmpty else { throw Stop(.symbolsUndefined(unknown)) }
            return .pass
        },
        Trial("A09", 1, needs: ["A01"]) { exam throws(Stop) in
            let facts = exam.facts!
            if facts.hasExecutableStack { throw Stop(.executableStack) }
            if facts.hasTextRelocations { throw Stop(.textRelocations) }
            if facts.hasWritableCode { throw Stop(.writableCode) }
            return facts.hasReadOnlyRelocations && facts.bindsNow ? .pass : .warn(.relocationsWritable)
        },
        Trial("A10", 1, needs: ["A01"]) { exam throws(Stop) in
            let foreign = exam.facts!.runPaths.filter { !$0.hasPrefix("$ORIGIN") && !$0.hasPrefix("${ORIGIN}") }
            guard foreign.isEmpty else { throw Stop(.runPaths(foreign)) }
            return .pass
        },
        Trial("A11", 1, needs: ["A01"]) { exam throws(Stop) in
            let facts = exam.facts!
            if facts.hasStaticTLS { return .warn(.staticTLS) }
            return facts.unique.isEmpty ? .pass : .warn(.uniqueSymbols(facts.unique))
        },
        Trial("A12", 1, needs: ["A02", "A01"]) { exam throws(Stop) in
            // One is the compiler's own; the runtimes of other languages bring theirs.
            let own = exam.facts!.constructors - 1
            guard exam.manifest!.language ?? "c" == "c", own > 0 else { return .pass }
            return .warn(.constructors(own))
        },
        Trial("A13", 1, needs: ["A02"]) { exam throws(Stop) in
            let silent = exam.manifest!.operations.filter { $0.operation.summary.isEmpty }.map(\.name)
            return silent.isEmpty ? .pass : .warn(.operationsWithoutSummary(silent))
        },
        Trial("A14", 1, needs: ["A02", "A01"]) { exam throws(Stop) in
            let isSwift = exam.facts!.sections.contains { $0.hasPrefix("swift5") }
            let said = exam.manifest!.language
            guard let said, isSwift != (said == "swift") else { return .pass }
            return .warn(.otherLanguage(said: said, found: isSwift ? "swift" : "no swift"))
        },
        Trial("A16", 1) { exam throws(Stop) in
            if let refusal = exam.trustRefusal { throw Stop(.refused(refusal.message)) }
            return .pass
        },
        Trial("A18", 1, needs: ["A02"]) { exam throws(Stop) in
            let manifest = exam.manifest!.capabilities
            let hosts = manifest.http.map(\.host).filter { $0.contains("*") }
            let folders = manifest.files.filter { ["/", "/etc", "/usr", "/home", "/var"].contains($0.path) }.map(\.path)
            return hosts.isEmpty && folders.isEmpty ? .pass : .warn(.wideCapabilities(hosts + folders))
        },
        Trial("A19", 1, needs: ["A02"]) { exam throws(Stop) in
            for operation in exam.manifest!.operations {
                for (index, example) in operation.examples.enumerated() { try check(example, index, of: operation) }
            }
            return .pass
        },
    ]

    private static func check(
        _ example: JSONValue, _ index: Int, of operation: PluginManifest.ManifestOperation
    ) throws(Stop) {
        let place = "example \(index + 1) of \(operation.name)"
        guard let with = example["with"] else { throw Stop(.exampleUnfit(place, "it has no `with`")) }
        if let violation = operation.operation.input.violations(of: with).first {
            throw Stop(.exampleUnfit(place + ", `with`", violation.message))
        }
        guard let output = example["output"] else { return }
        if let violation = operation.operation.output.violations(of: output).first {
            throw Stop(.exampleUnfit(place + ", `output`", violation.message))
        }
    }

    /// Three numbers, and what may follow them.
    private static func isSemantic(_ version: String) -> Bool {
        let core = version.prefix { $0 != "-" && $0 != "+" }
        let numbers = core.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 3 && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy { ("0"..."9").contains($0) } }
    }
}
