/** What others may tell the runner, and ask of it. Type only, so that the routes need not know the runner itself. */
import type { RunAnswer } from "../api/retrain-schemas.ts";

export interface Runner {
  /** There is a new run. */
  wake(): void;
  /** Ends the run if it is the one under way; its record says by whom and why already. */
  cancel(id: number): void;
  progressOf(id: number): RunAnswer["progress"];
  /** Ends the command under way; its step begins anew at the next start. */
  stop(): Promise<void>;
}
