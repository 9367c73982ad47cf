internal import PluginHost
internal import SagaCore
internal import Storage

/// Who drives a run of this machine.
extension Wiring {
    static let undriven = "note: no arcadia drives this run now; `arcadia resume` does"

    /// Nobody took the run up, or whoever did is gone.
    func isUndriven(_ key: RunKey, _ store: SQLRunStore) throws(Failure) -> Bool {
        guard let host = try storing({ () throws(StoreError) in try store.driver(of: key) }) else { return true }
        return !CallMarkFile.isAlive(host, dataFolder: dataPath)
    }
}
