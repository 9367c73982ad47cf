import ArcadiaTesting
import CloudControl
import SagaCore
import Storage
import Testing

@Suite struct TablesTests {
    private let folder = TemporaryFolder()

    @Test func `the tables of runs and cloud live in one database, which opens again`() throws {
        for _ in 0..<2 {
            let database = try SQLiteDatabase(path: folder.path + "/arcadia.db")
            _ = try SQLRunStore(
                database, host: HostID("h"), now: Timestamp(milliseconds: 0),
                migrations: Migration.runs + CloudTables.migrations)
            let names = try database.read {
                try $0.rows("SELECT name FROM arcadia_migrations ORDER BY name") { $0.text(0) ?? "" }
            }
            #expect(names == (Migration.runs + CloudTables.migrations).map(\.name).sorted())
        }
    }
}
