#!/usr/bin/env node
/** `npm run drift`: compares files and writes the reports. Ends with 0, 1 for a failure, 2 for wrong usage, 3 and 4 as --fail-on-drift says. */
import { styleText } from "node:util";
import { Command } from "commander";
import { addDriftOptions, type DriftOptions } from "./drift-options.ts";
import { describeDriftFailure, performDrift } from "./perform-drift.ts";

const EXIT_USAGE = 2;

const program = addDriftOptions(
  new Command("drift").description("Compare two sets of rows feature by feature, and report what has drifted."),
)
  .option("--json", "print the report as JSON")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE))
  .parse();
const options = program.opts<DriftOptions & { json?: boolean }>();

const outcome = await performDrift(options, {
  environment: process.env,
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  paint: (style, text) => styleText(style, text, { stream: process.stdout }),
  showsProgress: process.stderr.isTTY,
});
if (outcome.ok) {
  const { report, lines, exitCode } = outcome.value;
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : `${lines.join("\n")}\n`);
  process.exitCode = exitCode;
} else {
  process.stderr.write(`error: ${describeDriftFailure(outcome.failure)}\n`);
  process.exitCode = outcome.failure.reason === "options_invalid" ? EXIT_USAGE : 1;
}
