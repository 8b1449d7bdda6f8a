CREATE TABLE `retrain_configs` (
	`model` text NOT NULL,
	`revision` integer NOT NULL,
	`config` text NOT NULL,
	`reason` text NOT NULL,
	`at` text NOT NULL,
	`actor_token_id` text NOT NULL,
	`actor_name` text NOT NULL,
	PRIMARY KEY(`model`, `revision`)
);
--> statement-breakpoint
CREATE TABLE `retrain_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`run_id` integer NOT NULL,
	`at` text NOT NULL,
	`kind` text NOT NULL,
	`step` text,
	`text` text NOT NULL,
	`details` text NOT NULL,
	`actor_name` text NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `retrain_runs`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `retrain_events_by_run` ON `retrain_events` (`run_id`,`id`);--> statement-breakpoint
CREATE TABLE `retrain_log` (
	`run_id` integer NOT NULL,
	`line` integer NOT NULL,
	`at` text NOT NULL,
	`step` text NOT NULL,
	`text` text NOT NULL,
	PRIMARY KEY(`run_id`, `line`),
	FOREIGN KEY (`run_id`) REFERENCES `retrain_runs`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `retrain_runs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`model` text NOT NULL,
	`state` text NOT NULL,
	`trigger` text NOT NULL,
	`trigger_key` text NOT NULL,
	`reason` text NOT NULL,
	`evidence` text NOT NULL,
	`config_revision` integer NOT NULL,
	`created_at` text NOT NULL,
	`resumes` integer NOT NULL,
	`is_cancelling` integer NOT NULL,
	`finished_at` text,
	`outcome` text,
	`number` integer,
	`actor_token_id` text NOT NULL,
	`actor_name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `retrain_runs_one_active` ON `retrain_runs` (`model`) WHERE state IN ('queued', 'fetching', 'preprocessing', 'training', 'evaluating', 'comparing', 'registering');--> statement-breakpoint
CREATE UNIQUE INDEX `retrain_runs_one_suggested` ON `retrain_runs` (`model`,`trigger`) WHERE state = 'suggested';--> statement-breakpoint
CREATE UNIQUE INDEX `retrain_runs_once_a_key` ON `retrain_runs` (`model`,`trigger_key`);--> statement-breakpoint
CREATE INDEX `retrain_runs_by_model` ON `retrain_runs` (`model`,`id`);--> statement-breakpoint
CREATE INDEX `retrain_runs_by_version` ON `retrain_runs` (`model`,`number`);--> statement-breakpoint
CREATE TRIGGER `retrain_configs_no_update` BEFORE UPDATE ON `retrain_configs` BEGIN SELECT RAISE(ABORT, 'retrain_configs is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `retrain_configs_no_delete` BEFORE DELETE ON `retrain_configs` BEGIN SELECT RAISE(ABORT, 'retrain_configs is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `retrain_events_no_update` BEFORE UPDATE ON `retrain_events` BEGIN SELECT RAISE(ABORT, 'retrain_events is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `retrain_events_no_delete` BEFORE DELETE ON `retrain_events` BEGIN SELECT RAISE(ABORT, 'retrain_events is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `retrain_log_no_update` BEFORE UPDATE ON `retrain_log` BEGIN SELECT RAISE(ABORT, 'retrain_log is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `retrain_log_no_delete` BEFORE DELETE ON `retrain_log` BEGIN SELECT RAISE(ABORT, 'retrain_log is append-only'); END;
