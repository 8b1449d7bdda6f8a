-- What was decided, by whom and when is never rewritten, not even by a bug of ours.
CREATE TRIGGER `audit_log_no_update` BEFORE UPDATE ON `audit_log` BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_log_no_delete` BEFORE DELETE ON `audit_log` BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `stage_moves_no_update` BEFORE UPDATE ON `stage_moves` BEGIN SELECT RAISE(ABORT, 'stage_moves is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `stage_moves_no_delete` BEFORE DELETE ON `stage_moves` BEGIN SELECT RAISE(ABORT, 'stage_moves is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `releases_no_update` BEFORE UPDATE ON `releases` BEGIN SELECT RAISE(ABORT, 'releases is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `releases_no_delete` BEFORE DELETE ON `releases` BEGIN SELECT RAISE(ABORT, 'releases is append-only'); END;
