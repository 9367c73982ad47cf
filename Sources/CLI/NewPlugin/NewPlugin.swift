/// A plugin that is to be: its files, from the template of its language, with the part of the SDK that it needs.
struct NewPlugin {
    let name: PluginName
    let language: PluginLanguage

    /// Paths are below the plugin's folder.
    var files: [SDKFile] { template + vendored }

    private var template: [SDKFile] {
        let folder = "templates/\(language.rawValue)/"
        return SDKFile.all.filter { $0.path.hasPrefix(folder) }.map { file in
            SDKFile(path: named(String(file.path.dropFirst(folder.count))), text: here(named(file.text)))
        }
    }

    private var vendored: [SDKFile] {
        SDKFile.all.filter { file in language.sdk.contains { file.path.hasPrefix($0) } }.map { file in
            SDKFile(path: "sdk/" + file.path, text: file.text)
        }
    }

    /// The templates are plugins themselves, by the name of greeter.
    private func named(_ text: String) -> String {
        text.replacing("GreeterPlugin", with: name.typeName + "Plugin")
            .replacing("greeter_plugin", with: name.identifier + "_plugin")
            .replacing("greeter", with: name.id)
    }

    /// A template finds the SDK two folders up, a plugin in its own.
    private func here(_ text: String) -> String { text.replacing("../..", with: "sdk") }
}
