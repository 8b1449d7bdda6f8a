/**
 * Collects what the commands of a run print: lines of log, within bounds, and the progress that a trainer tells of. Pure but for the clock that
 * is handed in; storing is the runner's.
 */
import { readProgress } from "../../contract/training-job.ts";
import type { LogLine } from "./records/log-records.ts";
import type { RunStep } from "./run-state.ts";

export interface RunProgress {
  done: number;
  of: number;
  note: string | null;
}

export interface RunLog {
  /** Text as it comes; a line ends with a line break. */
  add(stream: "stdout" | "stderr", text: string): void;
  /** The command has ended: what it printed last is a line too, and the last lines that were held back come. */
  finish(): void;
  /** Takes the lines that are not stored yet. */
  take(): LogLine[];
  progress(): RunProgress | null;
}

/** Lines of one command that are kept from its beginning, and from its end: an error is told of last. */
const FIRST_LINES_MAX = 1000;
const LAST_LINES_MAX = 200;
const LINE_CHARACTERS_MAX = 1000;

export function collectLog(step: RunStep, now: () => Date): RunLog {
  const partial = { stdout: "", stderr: "" };
  let kept = 0;
  let left = 0;
  let pending: LogLine[] = [];
  let held: LogLine[] = [];
  let progress: RunProgress | null = null;

  function addLine(stream: "stdout" | "stderr", text: string): void {
    const told = stream === "stdout" ? readProgress(text) : undefined;
    if (told) {
      progress = { ...told.progress, note: told.note ?? null };
      return;
    }
    const cut = text.length > LINE_CHARACTERS_MAX ? `${text.slice(0, LINE_CHARACTERS_MAX)}…` : text;
    const line = { at: now(), step, text: printable(cut) };
    if (kept < FIRST_LINES_MAX) {
      kept++;
      pending.push(line);
      return;
    }
    held.push(line);
    if (held.length > LAST_LINES_MAX) {
      held.shift();
      left++;
    }
  }

  return {
    add(stream, text) {
      const lines = (partial[stream] + text).split(/\r?\n/);
      // One that never ends is cut into lines, not collected.
      const last = lines.pop() ?? "";
      for (const line of lines) addLine(stream, line);
      if (last.length <= LINE_CHARACTERS_MAX) partial[stream] = last;
      else {
        addLine(stream, last);
        partial[stream] = "";
      }
    },
    finish() {
      for (const stream of ["stdout", "stderr"] as const) {
        if (partial[stream] !== "") addLine(stream, partial[stream]);
        partial[stream] = "";
      }
      if (left > 0) pending.push({ at: now(), step, text: `… ${left} lines left out …` });
      pending.push(...held);
      [held, left, progress] = [[], 0, null];
    },
    take() {
      const taken = pending;
      pending = [];
      return taken;
    },
    progress: () => progress,
  };
}

/** Control characters could move the cursor of whoever reads the log on a terminal. */
const printable = (text: string): string =>
  text.toWellFormed().replaceAll(/\p{Cc}/gu, (character) => (character === "\t" ? "\t" : "\uFFFD"));
