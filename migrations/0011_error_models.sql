CREATE TABLE `error_models` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`sha256` text NOT NULL,
	`bytes` integer NOT NULL,
	`source` text NOT NULL,
	`figures` text NOT NULL,
	`at` text NOT NULL,
	`actor_token_id` text NOT NULL,
	`actor_name` text NOT NULL,
	FOREIGN KEY (`model`,`number`) REFERENCES `versions`(`model`,`number`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `error_models_by_version` ON `error_models` (`model`,`number`,`id`);--> statement-breakpoint
CREATE TABLE `live_estimate_marks` (
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`rows` integer NOT NULL,
	`squared_error` real NOT NULL,
	PRIMARY KEY(`model`, `number`)
);
--> statement-breakpoint
CREATE TABLE `live_estimates` (
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`hour` text NOT NULL,
	`rows` integer NOT NULL,
	`squared_error` real NOT NULL,
	PRIMARY KEY(`model`, `number`, `hour`)
);
--> statement-breakpoint
CREATE TRIGGER `error_models_no_update` BEFORE UPDATE ON `error_models` BEGIN SELECT RAISE(ABORT, 'error_models is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `error_models_no_delete` BEFORE DELETE ON `error_models` BEGIN SELECT RAISE(ABORT, 'error_models is append-only'); END;
