CREATE TABLE `bakes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`generation` integer NOT NULL,
	`state` text NOT NULL,
	`started_at` text NOT NULL,
	`ends_at` text NOT NULL,
	`ended_at` text,
	`baseline` text,
	`text` text NOT NULL,
	`findings` text NOT NULL,
	FOREIGN KEY (`model`,`number`) REFERENCES `versions`(`model`,`number`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `bakes_one_a_promotion` ON `bakes` (`model`,`generation`);--> statement-breakpoint
CREATE INDEX `bakes_by_state` ON `bakes` (`state`);--> statement-breakpoint
CREATE TABLE `release_policies` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`model` text NOT NULL,
	`policy` text,
	`reason` text NOT NULL,
	`at` text NOT NULL,
	`actor_token_id` text NOT NULL,
	`actor_name` text NOT NULL,
	FOREIGN KEY (`model`) REFERENCES `models`(`name`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `release_policies_by_model` ON `release_policies` (`model`,`id`);--> statement-breakpoint
CREATE TABLE `rollout_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`rollout_id` integer NOT NULL,
	`at` text NOT NULL,
	`kind` text NOT NULL,
	`step` integer NOT NULL,
	`generation` integer,
	`reason` text NOT NULL,
	`evidence` text,
	`actor_token_id` text NOT NULL,
	`actor_name` text NOT NULL,
	FOREIGN KEY (`rollout_id`) REFERENCES `rollouts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `rollout_events_by_rollout` ON `rollout_events` (`rollout_id`,`id`);--> statement-breakpoint
CREATE TABLE `rollouts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`stable_number` integer NOT NULL,
	`state` text NOT NULL,
	`plan` text NOT NULL,
	`step` integer NOT NULL,
	`step_started_at` text NOT NULL,
	`generation` integer NOT NULL,
	`baseline` text,
	`gate_run` integer NOT NULL,
	`reason` text NOT NULL,
	`started_at` text NOT NULL,
	`ended_at` text,
	`actor_token_id` text NOT NULL,
	`actor_name` text NOT NULL,
	FOREIGN KEY (`model`,`number`) REFERENCES `versions`(`model`,`number`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `rollouts_one_active` ON `rollouts` (`model`) WHERE state IN ('running', 'paused');--> statement-breakpoint
CREATE INDEX `rollouts_by_model` ON `rollouts` (`model`,`id`);
--> statement-breakpoint
-- What a rollout did and on what evidence is never rewritten.
CREATE TRIGGER `rollout_events_no_update` BEFORE UPDATE ON `rollout_events` BEGIN SELECT RAISE(ABORT, 'rollout_events is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `rollout_events_no_delete` BEFORE DELETE ON `rollout_events` BEGIN SELECT RAISE(ABORT, 'rollout_events is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `release_policies_no_update` BEFORE UPDATE ON `release_policies` BEGIN SELECT RAISE(ABORT, 'release_policies is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `release_policies_no_delete` BEFORE DELETE ON `release_policies` BEGIN SELECT RAISE(ABORT, 'release_policies is append-only'); END;
