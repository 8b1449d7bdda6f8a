/** `edgewise drift run`: two sets of rows in files. It is the file job of drift-job/, the same code and options as `npm run drift`; it needs no control plane. */
import type { Command } from "commander";
import { fail, succeed } from "../../../contract/result.ts";
import { addDriftOptions, type DriftOptions } from "../../../drift-job/drift-options.ts";
import { performing, type CliContext } from "../command.ts";

export function addDriftRunCommand(drift: Command, context: CliContext): void {
  addDriftOptions(drift.command("run").description("compare two sets of rows in files, and write the reports")).action(
    performing<DriftOptions>(context, async ({ options }) => {
      const { terminal, monotonicMs, surroundings, setExitCode } = context;
      // Loaded when it is asked for: no other command reads Parquet or counts ten million rows.
      const { describeDriftFailure, performDrift } = await import("../../../drift-job/perform-drift.ts");
      const outcome = await performDrift(options, {
        environment: surroundings.environment,
        now: () => new Date(),
        monotonicMs,
        paint: terminal.paint,
        showsProgress: terminal.showsProgress,
      });
      if (!outcome.ok) {
        const detail = describeDriftFailure(outcome.failure);
        return fail(
          outcome.failure.reason === "options_invalid" ? { reason: "usage", detail } : { reason: "drift_job_failed", detail },
        );
      }
      setExitCode(outcome.value.exitCode);
      return succeed({ json: outcome.value.report, lines: outcome.value.lines });
    }),
  );
}
