/** The file job as a command does it: a progress bar while it reads, the reports on disk, and the lines and the exit code that come of it. */
import { Presets, SingleBar } from "cli-progress";
import type { DriftReport } from "../contract/drift-report.ts";
import { fail, succeed, type Result } from "../contract/result.ts";
import { exitCodeOf } from "./exit-code.ts";
import { driftRequest, type DriftOptions } from "./drift-options.ts";
import { describeInputFailure, type InputFailure } from "./input/input-failure.ts";
import { wholeNumber } from "./report/markup.ts";
import { writeReport, type ReportFiles } from "./report/report-files.ts";
import { terminalView, type Paint } from "./report/terminal-view.ts";
import { runDrift, type DriftProgress } from "./run-drift.ts";

export type DriftFailure =
  InputFailure | { reason: "options_invalid"; detail: string } | { reason: "report_unwritable"; detail: string };

export interface DriftSurroundings {
  environment: NodeJS.ProcessEnv;
  now: () => Date;
  monotonicMs: () => number;
  paint: Paint;
  /** Standard error is a terminal. */
  showsProgress: boolean;
}

export interface DriftOutcome {
  report: DriftReport;
  files: ReportFiles;
  lines: string[];
  exitCode: number;
}

export async function performDrift(
  options: DriftOptions,
  surroundings: DriftSurroundings,
): Promise<Result<DriftOutcome, DriftFailure>> {
  const request = driftRequest(options, surroundings.environment);
  if (!request.ok) return fail({ reason: "options_invalid", detail: request.failure });
  const startedMs = surroundings.monotonicMs();
  const progress = progressBar(surroundings.showsProgress);
  const run = await runDrift(request.value, surroundings.now(), progress).finally(progress.stop);
  if (!run.ok) return run;
  const seconds = (surroundings.monotonicMs() - startedMs) / 1000;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const report: DriftReport = { ...run.value, run: { seconds: Number(seconds.toFixed(3)), peak_memory_bytes: peakBytes } };
  let files: ReportFiles;
  try {
    files = await writeReport(options.out, report, options.html);
  } catch (error) {
    return fail({ reason: "report_unwritable", detail: (error as Error).message });
  }
  const lines = [
    ...terminalView(report, surroundings.paint),
    "",
    ...(files.htmlPath === undefined ? [files.jsonPath] : [files.htmlPath, files.jsonPath]),
    surroundings.paint("dim", `${seconds.toFixed(1)} s, peak memory ${wholeNumber(peakBytes / 1024 ** 2)} MiB`),
  ];
  return succeed({ report, files, lines, exitCode: options.failOnDrift === true ? exitCodeOf(report) : 0 });
}

export function describeDriftFailure(failure: DriftFailure): string {
  if (failure.reason === "options_invalid") return failure.detail;
  if (failure.reason === "report_unwritable") return `cannot write the report: ${failure.detail}`;
  return describeInputFailure(failure);
}

/** A bar by bytes on standard error, or nothing where no terminal shows it. */
function progressBar(isShown: boolean): DriftProgress & { stop: () => void } {
  if (!isShown) return { total: () => undefined, read: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    { format: "{bar} {percentage} %  {eta} s left", hideCursor: true, stream: process.stderr, clearOnComplete: true },
    Presets.shades_classic,
  );
  return {
    total: (bytes) => bar.start(bytes, 0),
    read: (bytes) => bar.increment(bytes),
    stop: () => bar.stop(),
  };
}
