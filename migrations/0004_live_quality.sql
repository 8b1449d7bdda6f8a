CREATE TABLE `live_quality` (
	`ledger` integer NOT NULL,
	`epoch` text NOT NULL,
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`group` text NOT NULL,
	`hour` text NOT NULL,
	`revision` integer NOT NULL,
	`sums` text NOT NULL,
	PRIMARY KEY(`ledger`, `epoch`, `model`, `number`, `group`, `hour`)
);
--> statement-breakpoint
CREATE INDEX `live_quality_by_hour` ON `live_quality` (`model`,`hour`);--> statement-breakpoint
CREATE TABLE `live_receipt_marks` (
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`group` text NOT NULL,
	`issued` integer NOT NULL,
	`favourable` integer NOT NULL,
	PRIMARY KEY(`model`, `number`, `group`)
);
--> statement-breakpoint
CREATE TABLE `live_receipts` (
	`model` text NOT NULL,
	`number` integer NOT NULL,
	`group` text NOT NULL,
	`hour` text NOT NULL,
	`issued` integer NOT NULL,
	`favourable` integer NOT NULL,
	PRIMARY KEY(`model`, `number`, `group`, `hour`)
);
