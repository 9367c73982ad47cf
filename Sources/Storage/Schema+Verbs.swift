internal import SagaCore

extension Migration {
    /// Runs that wait because somebody says so, steps that are left out, and runs that begin with what others know.
    static func verbsSQL(_ dialect: Dialect) -> String {
        """
        ALTER TABLE saga_runs ADD COLUMN paused TEXT;           -- why an operator has it wait; NULL: it does not
        ALTER TABLE saga_runs ADD COLUMN pause_request TEXT;    -- the operator's reason
        ALTER TABLE saga_runs ADD COLUMN resume_request TEXT;
        ALTER TABLE saga_runs ADD COLUMN skip_request TEXT;     -- JSON: the step to be left out, and why
        ALTER TABLE saga_runs ADD COLUMN fork_of TEXT;          -- the run_id of the run whose outputs this one knows

        CREATE INDEX saga_runs_paused ON saga_runs (run) WHERE paused IS NOT NULL;
        DROP INDEX saga_runs_requests;
        CREATE INDEX saga_runs_requests ON saga_runs (host) WHERE \(RunRequests.isAny);
        """
    }
}
