internal import DefinitionGrammar
internal import Foundation
internal import SagaCore

/// What the fuzzer begins with, besides the definitions of the plugins: those of the explanations, right and wrong, and
/// some made at random.
enum Seeds {
    static func write(to folder: String) {
        var texts: [String] = []
        for explanation in Explanation.all {
            guard case .definitions(let wrong, let right) = explanation.examples else { continue }
            texts += [wrong.text, right.text]
        }
        var random = SeededGenerator(seed: 1)
        for _ in 0..<300 { texts.append(NearDefinition.definition(using: &random).text) }
        for (number, text) in texts.enumerated() {
            _ = FileManager.default.createFile(atPath: "\(folder)/seed-\(number).json", contents: Data(text.utf8))
        }
    }
}
