internal import SagaCore

extension Migration {
    /// What tells runs of one saga apart, what they wait for, and that a step left out by hand stays so.
    static func waitsSQL(_ dialect: Dialect) -> String {
        """
        ALTER TABLE saga_runs ADD COLUMN label TEXT;    -- the inputs that somebody gave, in short
        ALTER TABLE saga_runs ADD COLUMN waits TEXT;    -- JSON: for which signal or time, at which step, until when
        ALTER TABLE saga_signals ADD COLUMN role TEXT;  -- of who sent it, where that is known

        DROP VIEW saga_step_results;
        \(ledgerByItemSQL(dialect, leftAlone: unlessLeftOut))
        """
    }

    /// A step that an operator left out was not done, so it is neither completed nor compensated.
    private static func unlessLeftOut(_ status: String) -> String {
        """
        CASE WHEN EXISTS (SELECT 1 FROM saga_journal k WHERE k.run = j.run AND k.step = j.step
            AND coalesce(k.item, '') = coalesce(j.item, '') AND k.kind = 'step_skipped')
        THEN 'skipped' ELSE \(status) END
        """
    }
}
