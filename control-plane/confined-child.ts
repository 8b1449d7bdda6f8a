/**
 * Runs work on a stranger's file or model in a child process that may read files and nothing else: no environment, no writing, no processes of its
 * own, a small heap, a time limit. Gives it one request, takes one outcome, ends it. Knows nothing of what the work is.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fail, succeed, type Result } from "../contract/result.ts";

export interface ConfinedWork {
  /** The module to run: it takes one message and answers with `ChildReport`s. */
  entry: URL;
  request: unknown;
  timeoutMs: number;
  /** JavaScript heap; WASM memory is not in it. */
  heapMiBMax: number;
}

export type ChildReport<Outcome> = { kind: "step"; step: string } | { kind: "outcome"; outcome: Outcome };

export type ChildFailure =
  | { reason: "timed_out"; afterMs: number; when: string }
  /** The child process died: a fault of the runtime, or a file made to cause one. */
  | { reason: "process_ended"; when: string; detail: string };

/**
 * The child's outcome. The child has no children of its own, so ending it ends everything; it stays in its parent's process group, so that
 * whatever ends the group ends it too.
 */
export function runConfined<Outcome>({
  entry,
  request,
  timeoutMs,
  heapMiBMax,
}: ConfinedWork): Promise<Result<Outcome, ChildFailure>> {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(entry), {
      // The environment holds the release key and tokens: the process that runs a stranger's model gets none of it.
      env: {},
      execArgv: [`--max-old-space-size=${heapMiBMax}`, "--permission", "--allow-fs-read=*"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    let step = "starting";
    const killChild = () => child.kill("SIGKILL");
    const timer = setTimeout(() => settle(fail({ reason: "timed_out", afterMs: timeoutMs, when: step })), timeoutMs);
    process.once("exit", killChild);

    function settle(outcome: Result<Outcome, ChildFailure>): void {
      clearTimeout(timer);
      process.removeListener("exit", killChild);
      child.removeAllListeners();
      // A send that is cut off by the kill must not surface as an unhandled error.
      child.on("error", () => undefined);
      killChild();
      resolve(outcome);
    }

    child.on("message", (message: ChildReport<Outcome>) => {
      if (message.kind === "step") step = message.step;
      else settle(succeed(message.outcome));
    });
    child.on("error", (error) => settle(fail({ reason: "process_ended", when: step, detail: error.message })));
    child.on("exit", (code, signal) =>
      settle(fail({ reason: "process_ended", when: step, detail: signal === null ? `exit code ${code}` : `signal ${signal}` })),
    );
    child.send(request as object);
  });
}
