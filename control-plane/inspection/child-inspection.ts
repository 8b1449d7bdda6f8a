/** Starts the child process of an inspection, gives it its request, and ends it in time. Knows nothing of models. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fail, type Result } from "../../contract/result.ts";
import type { BytesInspection } from "./inspect-bytes.ts";
import { CHILD_HEAP_MIB_MAX } from "./inspection-limits.ts";
import type { InspectionReport, InspectionRequest } from "./inspection-process.ts";
import type { InspectionRefusal } from "./inspection.ts";

const ENTRY = fileURLToPath(new URL("./inspection-process.ts", import.meta.url));

/**
 * The child's outcome; `timed_out` when it takes too long, `process_ended` when it dies. The child has no children of its own, so
 * ending it ends everything; it stays in its parent's process group, so that whatever ends the group ends it too.
 */
export function inspectInChild(request: InspectionRequest): Promise<Result<BytesInspection, InspectionRefusal>> {
  const { timeoutMs } = request.options;
  return new Promise((resolve) => {
    const child = fork(ENTRY, {
      // The environment holds the release key and tokens: the process that runs a stranger's model gets none of it.
      env: {},
      execArgv: [`--max-old-space-size=${CHILD_HEAP_MIB_MAX}`, "--permission", "--allow-fs-read=*"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    let step = "starting";
    const killChild = () => child.kill("SIGKILL");
    const timer = setTimeout(() => settle(fail({ reason: "timed_out", afterMs: timeoutMs, when: step })), timeoutMs);
    process.once("exit", killChild);

    function settle(outcome: Result<BytesInspection, InspectionRefusal>): void {
      clearTimeout(timer);
      process.removeListener("exit", killChild);
      child.removeAllListeners();
      // A send that is cut off by the kill must not surface as an unhandled error.
      child.on("error", () => undefined);
      killChild();
      resolve(outcome);
    }

    child.on("message", (message: InspectionReport) => {
      if (message.kind === "step") step = message.step;
      else settle(message.outcome);
    });
    child.on("error", (error) => settle(fail({ reason: "process_ended", when: step, detail: error.message })));
    child.on("exit", (code, signal) =>
      settle(fail({ reason: "process_ended", when: step, detail: signal === null ? `exit code ${code}` : `signal ${signal}` })),
    );
    child.send(request);
  });
}
