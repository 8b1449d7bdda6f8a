CREATE TABLE `api_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`digest` text NOT NULL,
	`created_at` text NOT NULL,
	`created_by` text NOT NULL,
	`expires_at` text,
	`last_used_at` text,
	`revoked_at` text
);
--> statement-breakpoint
CREATE TABLE `audit_log` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` text NOT NULL,
	`actor_token_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`act` text NOT NULL,
	`model` text,
	`number` integer,
	`reason` text,
	`details` text NOT NULL,
	`request_id` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_log_by_model` ON `audit_log` (`model`,`id`);--> statement-breakpoint
CREATE TABLE `models` (
	`name` text PRIMARY KEY NOT NULL,
	`created_at` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`model` text NOT NULL,
	`kv_key` text NOT NULL,
	`kv_value` text,
	`generation` integer,
	`state` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`last_error` text,
	`created_at` text NOT NULL,
	`published_at` text,
	FOREIGN KEY (`model`) REFERENCES `models`(`name`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `outbox_by_state` ON `outbox` (`state`,`kv_key`,`id`);--> statement-breakpoint
CREATE INDEX `outbox_by_key` ON `outbox` (`kv_key`,`id`);--> statement-breakpoint
CREATE TABLE `releases` (
	`model` text NOT NULL,
	`generation` integer NOT NULL,
	`payload` text NOT NULL,
	`signature` text NOT NULL,
	`issued_at` text NOT NULL,
	PRIMARY KEY(`model`, `generation`),
	FOREIGN KEY (`model`) REFERENCES `models`(`name`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `stage_moves` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`from` text,
	`to` text NOT NULL,
	`act` text NOT NULL,
	`reason` text NOT NULL,
	`at` text NOT NULL,
	`actor_token_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`generation` integer,
	FOREIGN KEY (`model`,`number`) REFERENCES `versions`(`model`,`number`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `stage_moves_by_model` ON `stage_moves` (`model`,`id`);--> statement-breakpoint
CREATE TABLE `version_metrics` (
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`name` text NOT NULL,
	`value` real NOT NULL,
	PRIMARY KEY(`model`, `number`, `name`),
	FOREIGN KEY (`model`,`number`) REFERENCES `versions`(`model`,`number`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `version_tags` (
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`key` text NOT NULL,
	`value` text NOT NULL,
	PRIMARY KEY(`model`, `number`, `key`),
	FOREIGN KEY (`model`,`number`) REFERENCES `versions`(`model`,`number`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `versions` (
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`stage` text NOT NULL,
	`description` text NOT NULL,
	`uploaded_sha256` text NOT NULL,
	`uploaded_bytes` integer NOT NULL,
	`artifact_sha256` text NOT NULL,
	`artifact_bytes` integer NOT NULL,
	`manifest_sha256` text NOT NULL,
	`manifest_json` text NOT NULL,
	`inspection` text NOT NULL,
	`created_at` text NOT NULL,
	`created_by_token_id` text NOT NULL,
	`created_by_name` text NOT NULL,
	PRIMARY KEY(`model`, `number`),
	FOREIGN KEY (`model`) REFERENCES `models`(`name`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `versions_uploaded_once` ON `versions` (`model`,`uploaded_sha256`);--> statement-breakpoint
CREATE UNIQUE INDEX `versions_one_production` ON `versions` (`model`) WHERE stage = 'production';