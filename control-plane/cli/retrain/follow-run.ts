/** Watches a run until it is over: each new event and log line as it comes, the trainer's progress as a bar on a terminal. */
import { setTimeout as sleep } from "node:timers/promises";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { RunAnswer } from "../../api/retrain-schemas.ts";
import { isOver } from "../../retraining/run-state.ts";
import type { CliContext, Outcome } from "../command.ts";
import type { ControlPlaneClient } from "../control-plane-client.ts";
import type { CliFailure } from "../failure.ts";
import { stepProgressBar } from "../progress-bar.ts";
import { eventLine, runView } from "../retrain-views.ts";

const POLL_EVERY_MS = 500;
const LOG_LINES_A_POLL = 1000;

/** Fails with the run's own outcome when it made no version. With `isJson` nothing is printed before the end. */
export async function followRun(
  client: Pick<ControlPlaneClient, "retrainRun" | "retrainLog">,
  id: number,
  isJson: boolean,
  { terminal, interruption }: Pick<CliContext, "terminal" | "interruption">,
): Promise<Result<Outcome, CliFailure>> {
  let [eventsShown, linesShown] = [0, 0];
  let bar: ReturnType<typeof stepProgressBar> | undefined;
  const show = (line: string): void => {
    bar?.stop();
    bar = undefined;
    terminal.print(line);
  };

  for (;;) {
    if (interruption.aborted) return fail({ reason: "interrupted" });
    const run = await client.retrainRun(id);
    if (!run.ok) return run;
    const { events, progress, state } = run.value;
    if (!isJson) {
      const log = await client.retrainLog(id, { after: linesShown, limit: LOG_LINES_A_POLL });
      if (!log.ok) return log;
      for (const event of events.slice(eventsShown)) if (event.kind !== "done") show(eventLine(event, terminal.paint));
      for (const { text } of log.value.lines) show(terminal.paint("dim", `  │ ${text}`));
      [eventsShown, linesShown] = [events.length, log.value.lines.at(-1)?.line ?? linesShown];
      if (progress) {
        bar ??= stepProgressBar(terminal, progress.of);
        bar.update(progress.done, progress.note ?? "");
      }
      if (isOver(state) && log.value.lines.length < LOG_LINES_A_POLL) {
        bar?.stop();
        return ended(run.value, ["", ...runView(run.value, terminal.paint)]);
      }
    } else if (isOver(state)) return ended(run.value, []);
    await sleep(POLL_EVERY_MS, undefined, { signal: interruption }).catch(() => undefined);
  }
}

function ended(run: RunAnswer, lines: string[]): Result<Outcome, CliFailure> {
  const outcome: Outcome = { json: run, lines };
  if (run.state === "done") return succeed(outcome);
  return succeed({ ...outcome, failure: { reason: "run_without_version", id: run.id, state: run.state, outcome: run.outcome } });
}
