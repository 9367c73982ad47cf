internal import Storage

/// What lists are read by that go on page by page, and those that a tenant sees a part of.
enum AccountIndexes {
    static let migration = Migration(name: "0009 lists of the account") { _ in
        """
        CREATE INDEX cloud_projects_by_name ON cloud_projects (name);
        CREATE INDEX cloud_projects_of_tenant ON cloud_projects (tenant) WHERE tenant IS NOT NULL;
        CREATE INDEX cloud_resources_of_project ON cloud_resources (project) WHERE project IS NOT NULL;
        CREATE INDEX cloud_resources_live_kind ON cloud_resources (kind) WHERE deleted_at IS NULL;
        CREATE INDEX cloud_resource_events_by_kind ON cloud_resource_events (kind);
        CREATE INDEX cloud_drift_by_status ON cloud_drift (status);
        CREATE INDEX cloud_invoices_by_time ON cloud_invoices (provider, coalesce(billed_at, discovered_at), invoice);
        """
    }
}
