CREATE TABLE `incident_alerts` (
	`incident_id` integer NOT NULL,
	`fingerprint` text NOT NULL,
	`starts_at` text NOT NULL,
	`status` text NOT NULL,
	`ends_at` text,
	`name` text NOT NULL,
	`severity` text NOT NULL,
	`labels` text NOT NULL,
	`annotations` text NOT NULL,
	`received_at` text NOT NULL,
	PRIMARY KEY(`incident_id`, `fingerprint`, `starts_at`),
	FOREIGN KEY (`incident_id`) REFERENCES `incidents`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `incident_alerts_by_start` ON `incident_alerts` (`starts_at`);--> statement-breakpoint
CREATE TABLE `incident_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`incident_id` integer NOT NULL,
	`at` text NOT NULL,
	`kind` text NOT NULL,
	`text` text NOT NULL,
	`actor_name` text NOT NULL,
	FOREIGN KEY (`incident_id`) REFERENCES `incidents`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `incident_events_by_incident` ON `incident_events` (`incident_id`,`id`);--> statement-breakpoint
CREATE TABLE `incidents` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`group_key` text NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`status` text NOT NULL,
	`severity` text NOT NULL,
	`models` text NOT NULL,
	`services` text NOT NULL,
	`started_at` text NOT NULL,
	`opened_at` text NOT NULL,
	`timeline_from` text NOT NULL,
	`last_delivery_at` text NOT NULL,
	`alerts_truncated` integer NOT NULL,
	`resolved_at` text,
	`closed_at` text,
	`closed_by_name` text,
	`summary` text,
	`cause` text,
	`actions` text NOT NULL,
	`post_mortem_path` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `incidents_one_unclosed` ON `incidents` (`group_key`) WHERE status <> 'closed';--> statement-breakpoint
CREATE INDEX `incidents_by_group` ON `incidents` (`group_key`,`id`);--> statement-breakpoint
CREATE INDEX `incidents_by_status` ON `incidents` (`status`,`id`);--> statement-breakpoint
CREATE TABLE `sla_minutes` (
	`minute` text PRIMARY KEY NOT NULL,
	`requests` integer NOT NULL,
	`errors` integer NOT NULL,
	`latency` text NOT NULL,
	`edge_up_seconds` real NOT NULL,
	`control_plane_up_seconds` real NOT NULL,
	`scrapes_seen` integer NOT NULL,
	`scrapes_missed` integer NOT NULL
);
