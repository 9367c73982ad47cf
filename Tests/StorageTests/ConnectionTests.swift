import ArcadiaTesting
import Foundation
import SagaCore
import Storage
import Testing

@Suite struct ConnectionTests {
    private let folder = TemporaryFolder()

    @Test func `texts come back the same as strings, as bytes and as JSON, and empty is not NULL`() throws {
        let database = try SQLiteDatabase(path: folder.path + "/arcadia.db")
        try database.write { connection in
            try connection.run("CREATE TABLE t (a TEXT, b TEXT, c TEXT, d TEXT, e TEXT)")
            try connection.run(
                "INSERT INTO t VALUES (?, ?, ?, ?, ?)",
                [.utf8(Array("ä\u{0}b".utf8)), .text(""), .utf8([]), .null, .json(["x": ["ä", 1]])])
            try connection.statement("SELECT * FROM t").forEachRow([]) { row in
                #expect(row.text(0) == "ä\u{0}b")
                #expect(row.bytes(0).map(Array.init) == Array("ä\u{0}b".utf8))
                #expect(row.bytes(1).map(Array.init) == [])
                #expect(row.bytes(2).map(Array.init) == [])
                #expect(row.bytes(3) == nil)
                let json = try row.json(4)
                #expect(json == ["x": ["ä", 1]])
            }
        }
    }

    @Test func `a condition on a JSON list finds one text`() throws {
        let database = try SQLiteDatabase(path: folder.path + "/arcadia.db")
        let found = try database.write { connection in
            try connection.run("CREATE TABLE t (id INTEGER, tags TEXT)")
            try connection.run(#"INSERT INTO t VALUES (1, '["a","b"]'), (2, '["ab"]'), (3, '[]')"#)
            let condition = connection.dialect.holdsText("tags")
            return try connection.rows("SELECT id FROM t WHERE \(condition)", [.text("a")]) { $0.int(0) ?? 0 }
        }
        #expect(found == [1])
    }

    @Test func `a database that nobody holds any more keeps no file open`() throws {
        do {
            let database = try SQLiteDatabase(path: folder.path + "/arcadia.db")
            try database.write { try $0.run("CREATE TABLE t (a TEXT)") }
            let rows = try database.read { try $0.rows("SELECT a FROM t") { $0.text(0) } }
            _ = try database.commitMark()
            #expect(try rows.isEmpty && !openFiles().isEmpty)
        }
        #expect(try openFiles() == [])
    }

    private func openFiles() throws -> [String] {
        let all = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return all.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0) }
            .filter { $0.hasPrefix(folder.path) }
    }
}
