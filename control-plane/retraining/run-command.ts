/** Runs the commands of a run: within the configuration's limits, with the variables that it may have, its output into the run's log. */
import { mkdirSync } from "node:fs";
import { fail, succeed } from "../../contract/result.ts";
import type { RetrainConfig } from "../api/retrain-config-schema.ts";
import { runConfinedCommand } from "./confined/run-confined-command.ts";
import type { RunDirectory } from "./run-directory.ts";
import type { RunLog } from "./run-log.ts";
import type { ServerPolicy } from "./server-policy.ts";
import type { StepContext } from "./steps/step.ts";

const MIB = 1024 ** 2;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface CommandRunnerOptions {
  config: RetrainConfig;
  directory: RunDirectory;
  policy: ServerPolicy;
  runLog: RunLog;
  signal: AbortSignal;
}

export function commandRunner({ config, directory, policy, runLog, signal }: CommandRunnerOptions): StepContext["command"] {
  const { timeoutSeconds, memoryMib, diskMib } = config.limits;
  return async function command(what, { argv, workingDirectory, environment }) {
    const temporary = directory.scratch("tmp");
    mkdirSync(temporary, { recursive: true, mode: 0o700 });
    const passed = environment.flatMap((name) => {
      const value = policy.variables.get(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const outcome = await runConfinedCommand(
      {
        argv,
        workingDirectory,
        // Home and temporary files count against the disk limit, and go with the run.
        environment: { PATH, LANG: "C.UTF-8", HOME: temporary, TMPDIR: temporary, ...Object.fromEntries(passed) },
        watchedDirectory: directory.path,
        limits: { timeoutMs: timeoutSeconds * 1000, memoryBytes: memoryMib * MIB, diskBytes: diskMib * MIB },
        mark: directory.mark,
      },
      { onOutput: (stream, text) => runLog.add(stream, text), signal },
    );
    return outcome.ok ? succeed(outcome.value) : fail({ reason: "command_failed", what, failure: outcome.failure });
  };
}
