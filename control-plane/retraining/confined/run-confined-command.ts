/**
 * Runs a command within limits of time, memory and disk, with nothing of this process's environment, and ends everything that came of it.
 * Knows nothing of training.
 */
import { fork } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { ConfinedCommand, ConfinedFailure, ConfinedUse, SupervisorReport } from "./confinement.ts";
import { killMarked } from "./process-table.ts";

const ENTRY = fileURLToPath(new URL("./supervisor-process.ts", import.meta.url));
const SUPERVISOR_HEAP_MIB_MAX = 64;

export interface ConfinedRun {
  /** Text as it comes, not by lines. */
  onOutput: (stream: "stdout" | "stderr", text: string) => void;
  /** Aborted: the command is killed, and the outcome is `cancelled`. */
  signal: AbortSignal;
}

/** Settles when the command has ended and nothing of it is left. */
export async function runConfinedCommand(
  command: ConfinedCommand,
  { onOutput, signal }: ConfinedRun,
): Promise<Result<ConfinedUse, ConfinedFailure>> {
  if (signal.aborted) return fail({ reason: "cancelled" });
  const { promise, resolve } = Promise.withResolvers<Result<ConfinedUse, ConfinedFailure>>();
  const child = fork(ENTRY, {
    env: {},
    execArgv: [`--max-old-space-size=${SUPERVISOR_HEAP_MIB_MAX}`],
    // A group of its own: a Ctrl-C in the terminal is for the control plane, which then ends this in order.
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  child.on("message", (message: SupervisorReport) => {
    if (message.kind === "output") onOutput(message.stream, message.text);
    else resolve(message.failure === null ? succeed(message.use) : fail(message.failure));
  });
  child.on("error", (error) => resolve(fail({ reason: "supervisor_ended", detail: error.message })));
  child.on("exit", (code, killedBy) => resolve(fail({ reason: "supervisor_ended", detail: killedBy ?? `exit code ${code}` })));
  const cancel = (): void => resolve(fail({ reason: "cancelled" }));
  signal.addEventListener("abort", cancel);
  child.send({ command, prlimit: findPrlimit() });
  const outcome = await promise;
  signal.removeEventListener("abort", cancel);
  child.removeAllListeners();
  // A send that is cut off by the kill must not surface as an unhandled error.
  child.on("error", () => undefined);
  child.kill("SIGKILL");
  await killMarked(command.mark);
  return outcome;
}

function findPrlimit(): string | undefined {
  return ["/usr/bin", "/bin"].map((directory) => join(directory, "prlimit")).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
