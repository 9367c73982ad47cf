internal import Storage

enum ProvisioningTables {
    static let migration = Migration(name: "0003 provisioning") { dialect in
        """
        -- What a resource was asked to be.
        CREATE TABLE cloud_provisioned (
            resource      INTEGER PRIMARY KEY,         -- of cloud_resources
            spec          TEXT NOT NULL,               -- JSON object, field by field. eg: {"size_slug": "s-1vcpu-1gb"}
            spec_version  INTEGER NOT NULL,            -- from 1; every change counts
            run_id        TEXT,                        -- the run that made it; NULL: recorded by hand
            recorded_at   INTEGER NOT NULL,
            updated_at    INTEGER NOT NULL
        ) \(dialect.strict);
        CREATE INDEX cloud_provisioned_run ON cloud_provisioned (run_id) WHERE run_id IS NOT NULL;
        """
    }
}
