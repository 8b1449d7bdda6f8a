CREATE TABLE `drift_references` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`manifest_sha256` text NOT NULL,
	`window_from` text,
	`window_to` text,
	`region` text,
	`rows` integer,
	`counts` text,
	`reason` text NOT NULL,
	`created_at` text NOT NULL,
	`created_by_token_id` text NOT NULL,
	`created_by_name` text NOT NULL,
	FOREIGN KEY (`model`,`number`) REFERENCES `versions`(`model`,`number`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `drift_references_by_version` ON `drift_references` (`model`,`number`,`id`);--> statement-breakpoint
CREATE TABLE `drift_reports` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`model` text NOT NULL,
	`number` integer,
	`origin` text NOT NULL,
	`scheduled_for` text,
	`window_from` text,
	`window_to` text,
	`region` text,
	`verdict` text NOT NULL,
	`reference_rows` integer NOT NULL,
	`current_rows` integer NOT NULL,
	`report` text NOT NULL,
	`created_at` text NOT NULL,
	`created_by_name` text NOT NULL,
	FOREIGN KEY (`model`) REFERENCES `models`(`name`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `drift_reports_once_a_turn` ON `drift_reports` (`model`,`scheduled_for`) WHERE scheduled_for IS NOT NULL;--> statement-breakpoint
CREATE INDEX `drift_reports_by_model` ON `drift_reports` (`model`,`id`);--> statement-breakpoint
CREATE TABLE `drift_windows` (
	`shard` integer NOT NULL,
	`shard_created_at` text NOT NULL,
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`manifest_sha256` text NOT NULL,
	`region` text NOT NULL,
	`hour` integer NOT NULL,
	`rows` integer NOT NULL,
	`counts` text NOT NULL,
	`carried_rows` integer NOT NULL,
	`carried_counts` text NOT NULL,
	`collected_at` text NOT NULL,
	PRIMARY KEY(`hour`, `model`, `number`, `manifest_sha256`, `region`, `shard`, `shard_created_at`)
);
