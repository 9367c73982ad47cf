public import Storage

/// The tables of the cloud account. Each context owns its own and writes no other's.
public enum CloudTables {
    public static let migrations = [
        InventoryTables.migration, ProvisioningTables.migration, DriftTables.migration, BillingTables.migration,
        AccountIndexes.migration, DriftTables.revertsMigration,
    ]
}
