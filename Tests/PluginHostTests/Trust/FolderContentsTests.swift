import ArcadiaTesting
import Foundation
import PluginHost
import Testing

/// The hash over a plugin's folder, held against tools that know nothing of us.
@Suite struct FolderContentsTests {
    private let plugin = MarkedPlugin()

    /// As in ARCHITECTURE.md: what anybody can type.
    private static let shell = #"""
        cd "$1"; printf 'h1:'; find . -type f ! -path ./plugin.sig -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum |
        openssl dgst -sha256 -binary | base64
        """#

    private var byShell: String {
        Toolchain.run(["sh", "-c", Self.shell, "sh", plugin.folder]).output.trimmingCharacters(in: .newlines)
    }

    @Test(.enabled(if: Toolchain.has("openssl")))
    func `the hash is the one that find, sha256sum and openssl make`() throws {
        plugin.write("x", to: "Z")
        plugin.write("", to: "a b/ü.txt")
        plugin.write("not part of it", to: "plugin.sig")
        let contents = try FolderContents(reading: plugin.folder)
        #expect(contents.hash == byShell)
        #expect(contents.files.count == 6)
        #expect(contents.files["a b/ü.txt"]?.hasPrefix("e3b0c442") == true)
    }

    @Test func `every byte, every name and every file counts, hidden ones and empty ones as well`() throws {
        let before = try FolderContents(reading: plugin.folder).hash
        var seen: Set = [before]
        plugin.append("\n", to: "README.md")
        #expect(seen.insert(try FolderContents(reading: plugin.folder).hash).inserted)
        plugin.write("", to: ".hidden")
        #expect(seen.insert(try FolderContents(reading: plugin.folder).hash).inserted)
        rename(plugin.folder + "/README.md", plugin.folder + "/READ.md")
        #expect(seen.insert(try FolderContents(reading: plugin.folder).hash).inserted)
        plugin.put("1.0.0")
        #expect(try FolderContents(reading: plugin.folder).hash == before)
    }

    private func refusal() -> String? {
        do {
            _ = try FolderContents(reading: plugin.folder)
            return nil
        } catch let refusal {
            return refusal.message.replacingOccurrences(of: plugin.folder, with: "…")
        }
    }

    @Test func `a link, a pipe and what others may write to are refused by name`() {
        symlink("/etc/hostname", plugin.folder + "/definitions/link")
        #expect(refusal() == "…/definitions/link: it is not a regular file; links and devices are not followed")
        plugin.remove("definitions/link")
        symlink("definitions", plugin.folder + "/folder")
        #expect(refusal() == "…/folder: it is not a regular file; links and devices are not followed")
        plugin.remove("folder")
        mkfifo(plugin.folder + "/pipe", 0o600)
        #expect(refusal() == "…/pipe: it is not a regular file; links and devices are not followed")
        plugin.remove("pipe")
        chmod(plugin.folder + "/definitions", 0o777)
        #expect(
            refusal()
                == "…/definitions: others may write to it (mode 0777); whoever can write a plugin can do whatever arcadia can"
        )
    }

    @Test func `a name of two lines could be taken for two files, and is refused`() {
        plugin.write("", to: "a\n\u{1B}[2J")
        #expect(refusal() == "…/: a file in it is called \"a\u{FFFD}\u{FFFD}[2J\"; expected UTF-8, on one line")
    }
}
