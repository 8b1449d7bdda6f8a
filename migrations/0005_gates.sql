CREATE TABLE `evaluation_sets` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`model` text NOT NULL,
	`name` text NOT NULL,
	`sha256` text NOT NULL,
	`bytes` integer NOT NULL,
	`format` text NOT NULL,
	`is_gzipped` integer NOT NULL,
	`rows` integer NOT NULL,
	`labelled_rows` integer NOT NULL,
	`spec` text NOT NULL,
	`at` text NOT NULL,
	`actor_token_id` text NOT NULL,
	`actor_name` text NOT NULL,
	FOREIGN KEY (`model`) REFERENCES `models`(`name`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `evaluation_sets_by_name` ON `evaluation_sets` (`model`,`name`,`id`);--> statement-breakpoint
CREATE TABLE `gate_policies` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`model` text NOT NULL,
	`policy` text NOT NULL,
	`reason` text NOT NULL,
	`at` text NOT NULL,
	`actor_token_id` text NOT NULL,
	`actor_name` text NOT NULL,
	FOREIGN KEY (`model`) REFERENCES `models`(`name`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `gate_policies_by_model` ON `gate_policies` (`model`,`id`);--> statement-breakpoint
CREATE TABLE `gate_runs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`act` text NOT NULL,
	`at` text NOT NULL,
	`payload` text NOT NULL,
	`signature` text NOT NULL,
	FOREIGN KEY (`model`,`number`) REFERENCES `versions`(`model`,`number`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `gate_runs_by_version` ON `gate_runs` (`model`,`number`,`id`);--> statement-breakpoint
CREATE TABLE `sign_offs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`evidence_sha256` text NOT NULL,
	`note` text NOT NULL,
	`at` text NOT NULL,
	`actor_token_id` text NOT NULL,
	`actor_name` text NOT NULL,
	FOREIGN KEY (`model`,`number`) REFERENCES `versions`(`model`,`number`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `sign_offs_by_version` ON `sign_offs` (`model`,`number`,`id`);--> statement-breakpoint
ALTER TABLE `stage_moves` ADD `gate_run` integer;
--> statement-breakpoint
-- What was measured, decided and approved is never rewritten.
CREATE TRIGGER `evaluation_sets_no_update` BEFORE UPDATE ON `evaluation_sets` BEGIN SELECT RAISE(ABORT, 'evaluation_sets is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `evaluation_sets_no_delete` BEFORE DELETE ON `evaluation_sets` BEGIN SELECT RAISE(ABORT, 'evaluation_sets is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `gate_policies_no_update` BEFORE UPDATE ON `gate_policies` BEGIN SELECT RAISE(ABORT, 'gate_policies is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `gate_policies_no_delete` BEFORE DELETE ON `gate_policies` BEGIN SELECT RAISE(ABORT, 'gate_policies is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `gate_runs_no_update` BEFORE UPDATE ON `gate_runs` BEGIN SELECT RAISE(ABORT, 'gate_runs is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `gate_runs_no_delete` BEFORE DELETE ON `gate_runs` BEGIN SELECT RAISE(ABORT, 'gate_runs is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `sign_offs_no_update` BEFORE UPDATE ON `sign_offs` BEGIN SELECT RAISE(ABORT, 'sign_offs is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `sign_offs_no_delete` BEFORE DELETE ON `sign_offs` BEGIN SELECT RAISE(ABORT, 'sign_offs is append-only'); END;
