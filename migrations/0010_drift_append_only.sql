-- What a report said, and what was made a reference, is never rewritten.
CREATE TRIGGER `drift_reports_no_update` BEFORE UPDATE ON `drift_reports` BEGIN SELECT RAISE(ABORT, 'drift_reports is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `drift_reports_no_delete` BEFORE DELETE ON `drift_reports` BEGIN SELECT RAISE(ABORT, 'drift_reports is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `drift_references_no_update` BEFORE UPDATE ON `drift_references` BEGIN SELECT RAISE(ABORT, 'drift_references is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `drift_references_no_delete` BEFORE DELETE ON `drift_references` BEGIN SELECT RAISE(ABORT, 'drift_references is append-only'); END;
