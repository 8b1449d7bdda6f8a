/** The inspection of an artifact in a child process of its own. */
import type { Result } from "../../contract/result.ts";
import { runConfined } from "../confined-child.ts";
import type { BytesInspection } from "./inspect-bytes.ts";
import { CHILD_HEAP_MIB_MAX } from "./inspection-limits.ts";
import type { InspectionRequest } from "./inspection-process.ts";
import type { InspectionRefusal } from "./inspection.ts";

const ENTRY = new URL("./inspection-process.ts", import.meta.url);

/** The child's outcome; `timed_out` when it takes too long, `process_ended` when it dies. */
export async function inspectInChild(request: InspectionRequest): Promise<Result<BytesInspection, InspectionRefusal>> {
  const { timeoutMs } = request.options;
  const ran = await runConfined<Result<BytesInspection, InspectionRefusal>>({
    entry: ENTRY,
    request,
    timeoutMs,
    heapMiBMax: CHILD_HEAP_MIB_MAX,
  });
  return ran.ok ? ran.value : ran;
}
