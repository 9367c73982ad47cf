internal import DefinitionGrammar
internal import Foundation

/// `arcadia-fuzz FOLDER… -option=…`: libFuzzer on all that a definition goes through before a run.
/// `arcadia-fuzz seeds FOLDER`: definitions to begin with.
/// `arcadia-fuzz schema COUNT [SEED]`: so many definitions judged by the schema and by the check.
@main struct Main {
    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        switch words.first {
        case "seeds" where words.count == 2: Seeds.write(to: words[1])
        case "schema" where words.count > 1:
            exit(Schema.compare(Int(words[1]) ?? 0, seed: words.count > 2 ? UInt64(words[2]) ?? 0 : 1))
        default: exit(fuzz())
        }
    }

    private static func fuzz() -> CInt {
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        return runDriver(&count, &arguments) { bytes, count in
            Subject.shared.take(UnsafeRawBufferPointer(start: bytes, count: count))
            return 0
        }
    }
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ take: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
