internal import Storage

enum BillingTables {
    /// The key of a line is its invoice's number and its own, so that the lines of an invoice lie together, in order.
    static let linesInInvoice: Int64 = 4_294_967_296

    static let migration = Migration(name: "0005 billing") { dialect in
        """
        -- What the account owed, hour by hour.
        CREATE TABLE cloud_balance_snapshots (
            snapshot                      INTEGER PRIMARY KEY,
            provider                      TEXT NOT NULL,
            month_to_date_balance_micros  INTEGER NOT NULL,  -- millionths of a dollar, like all money here
            account_balance_micros        INTEGER NOT NULL,
            month_to_date_usage_micros    INTEGER NOT NULL,
            generated_at                  INTEGER,           -- when the provider counted; NULL: it did not say
            taken_at                      INTEGER NOT NULL   -- milliseconds since 1970, UTC, like every time here
        ) \(dialect.strict);
        CREATE INDEX cloud_balance_snapshots_by_time ON cloud_balance_snapshots (provider, taken_at);

        CREATE TABLE cloud_invoices (
            invoice                         INTEGER PRIMARY KEY,
            provider                        TEXT NOT NULL,
            invoice_uuid                    TEXT NOT NULL,
            invoice_id                      TEXT,
            description                     TEXT NOT NULL,
            period                          TEXT,            -- YYYY-MM, as the summary says
            billed_at                       INTEGER,         -- as the history says
            amount_micros                   INTEGER,         -- as the summary says; before that, as the history does
            product_charges_micros          INTEGER,
            overages_micros                 INTEGER,
            taxes_micros                    INTEGER,
            credits_and_adjustments_micros  INTEGER,
            status                          TEXT NOT NULL,
            line_count                      INTEGER,
            matched_line_count              INTEGER,
            lines_micros                    INTEGER,         -- the sum of the lines
            difference_micros               INTEGER,         -- the sum of the lines less the amount
            error                           TEXT,            -- why the last attempt brought nothing, a sentence
            discovered_at                   INTEGER NOT NULL,
            ingested_at                     INTEGER,
            failed_at                       INTEGER,         -- of `error`
            CONSTRAINT one_row_for_each_invoice UNIQUE (provider, invoice_uuid),
            CONSTRAINT status_of_invoice_is_known CHECK (
                status = 'discovered' OR status = 'ingested' OR status = 'failed'),
            CONSTRAINT ingested_invoices_have_counted_lines CHECK (status <> 'ingested' OR (ingested_at IS NOT NULL
                AND period IS NOT NULL AND amount_micros IS NOT NULL AND line_count IS NOT NULL
                AND matched_line_count IS NOT NULL AND lines_micros IS NOT NULL AND difference_micros IS NOT NULL)),
            CONSTRAINT failed_invoices_say_why CHECK (status <> 'failed' OR (error IS NOT NULL AND failed_at IS NOT NULL)),
            CONSTRAINT difference_is_lines_less_amount CHECK (difference_micros IS NULL
                OR difference_micros = lines_micros - amount_micros)
        ) \(dialect.strict);
        CREATE INDEX cloud_invoices_by_period ON cloud_invoices (provider, period);

        -- What the history calls an invoice and gives no uuid: there is nothing to fetch, and nobody may forget it.
        CREATE TABLE cloud_invoice_notes (
            provider       TEXT NOT NULL,
            billed_at      TEXT NOT NULL,                    -- as the provider says
            description    TEXT NOT NULL,
            amount_micros  INTEGER NOT NULL,
            occurrence     INTEGER NOT NULL,                 -- two entries may be alike: from 1
            invoice_id     TEXT,
            note           TEXT NOT NULL,
            noted_at       INTEGER NOT NULL,
            PRIMARY KEY (provider, billed_at, description, amount_micros, occurrence)
        ) \(dialect.strictClustered);

        -- What is billed, line by line. Two lines may be alike.
        CREATE TABLE cloud_cost_lines (
            line               INTEGER PRIMARY KEY,          -- invoice * \(linesInInvoice) + ordinal, from 1
            product            TEXT NOT NULL,
            kind               TEXT,                         -- of the resource that is billed; NULL: none is (a tax, say)
            name               TEXT,                         -- of that resource, as the description has it
            resource           INTEGER,                      -- of cloud_resources; NULL: none matches
            group_description  TEXT,
            description        TEXT NOT NULL,
            hours              TEXT,
            starts_at          INTEGER NOT NULL,
            ends_at            INTEGER NOT NULL,
            amount_micros      INTEGER NOT NULL,
            project_name       TEXT,
            category           TEXT,
            extra              TEXT                          -- JSON object: the columns of the file that are not above
        ) \(dialect.strict);

        -- The sums of those lines by product, resource and project: every question about cost is answered from here.
        CREATE TABLE cloud_cost_totals (
            invoice        INTEGER NOT NULL,
            ordinal        INTEGER NOT NULL,                 -- from 1; a group may stand here twice
            product        TEXT NOT NULL,
            kind           TEXT,
            resource       INTEGER,
            project_name   TEXT,
            amount_micros  INTEGER NOT NULL,
            line_count     INTEGER NOT NULL,
            PRIMARY KEY (invoice, ordinal)
        ) \(dialect.strictClustered);
        CREATE INDEX cloud_cost_totals_of_resource ON cloud_cost_totals (resource) WHERE resource IS NOT NULL;
        """
    }
}
