import ArcadiaTesting
import PluginHost
import SagaCore

/// The fixtures with typed functions, called as operations in this process.
struct TypedPlugins: Sendable {
    private static let folder = TemporaryFolder()
    private static let operations = PluginOperations(
        catalog: PluginCatalog(
            search: PluginSearch(given: [BuiltPlugins.typed], environment: [:], executable: nil),
            dataFolder: folder.path))

    /// What a call put out, or how it failed. eg: `call("typed.int8", #"{"x": 1}"#)`
    static func call(_ name: String, _ with: String = "{}") throws(StepError) -> JSONObject {
        let with = (try? JSONValue(parsing: with))?.objectValue
        guard let name = OperationName(name), let with else {
            preconditionFailure("\(name) \(String(describing: with))")
        }
        return try operations.call(name, with)
    }

    /// The text of what a call put out.
    static func text(_ name: String, _ with: String = "{}") throws(StepError) -> String {
        JSONValue.object(try call(name, with)).text
    }

    static func failure(_ name: String, _ with: String = "{}") -> StepError? {
        do throws(StepError) {
            _ = try call(name, with)
            return nil
        } catch {
            return error
        }
    }
}
