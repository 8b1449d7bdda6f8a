/**
 * The process between the control plane and a confined command: starts the command, watches its time, memory and disk, and ends all that came
 * of it, whatever ends first. Should the control plane die, its channel closes, and this process kills the command and ends: nothing is left
 * running. It leads a process group of its own.
 */
import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import {
  MARK_VARIABLE,
  WATCH_EVERY_MS,
  withKernelLimits,
  type ConfinedCommand,
  type ConfinedFailure,
  type SupervisorReport,
} from "./confinement.ts";
import { directoryBytes } from "./directory-size.ts";
import { killMarked, markedProcesses } from "./process-table.ts";

/** The longest text of one report, so that a command cannot fill this process's memory with one endless line. */
const OUTPUT_CHARACTERS_MAX = 16_384;
/** Output after the command's own end, of processes that hold its pipe open, is waited for only this long. */
const OUTPUT_GRACE_MS = 500;

process.once("message", (message: { command: ConfinedCommand; prlimit: string | undefined }) => {
  const { command, prlimit } = message;
  process.on("disconnect", () => void killMarked(command.mark, own()).then(() => process.exit(1)));
  void supervise(command, prlimit).catch((error: unknown) => {
    process.stderr.write(String(error));
    void killMarked(command.mark, own()).then(() => process.exit(1));
  });
});

async function supervise(command: ConfinedCommand, prlimit: string | undefined): Promise<void> {
  const { mark, limits, workingDirectory, environment } = command;
  const startMs = performance.now();
  const [program = "", ...parameters] = withKernelLimits(command.argv, limits, prlimit);
  const child = spawn(program, parameters, {
    cwd: workingDirectory,
    env: { ...environment, [MARK_VARIABLE]: mark },
    stdio: ["ignore", "pipe", "pipe"],
  });
  forward(child.stdout, "stdout");
  forward(child.stderr, "stderr");
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let memoryBytesMax = 0;
  const stopped = Promise.withResolvers<ConfinedFailure>();

  const watch = setInterval(() => {
    const memoryBytes = markedProcesses(mark, own()).reduce((sum, { residentBytes }) => sum + residentBytes, 0);
    memoryBytesMax = Math.max(memoryBytesMax, memoryBytes);
    if (memoryBytes > limits.memoryBytes)
      stopped.resolve({ reason: "memory_exceeded", bytes: memoryBytes, bytesMax: limits.memoryBytes });
    const diskBytes = directoryBytes(command.watchedDirectory);
    if (diskBytes > limits.diskBytes) stopped.resolve({ reason: "disk_exceeded", bytes: diskBytes, bytesMax: limits.diskBytes });
  }, WATCH_EVERY_MS);
  const timer = setTimeout(() => stopped.resolve({ reason: "timed_out", afterMs: limits.timeoutMs }), limits.timeoutMs);

  const failure = await Promise.race([stopped.promise, endOf(child, limits.diskBytes)]);
  clearInterval(watch);
  clearTimeout(timer);
  await killMarked(mark, own());
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, OUTPUT_GRACE_MS))]);
  const use = { durationMs: performance.now() - startMs, memoryBytesMax };
  report({ kind: "ended", failure, use }, () => process.exit(0));
}

function endOf(child: ChildProcess, diskBytesMax: number): Promise<ConfinedFailure | null> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ reason: "could_not_start", detail: error.message }));
    child.once("exit", (code, signal) => {
      // The kernel's own limit on a file's size.
      if (signal === "SIGXFSZ") resolve({ reason: "disk_exceeded", bytes: diskBytesMax, bytesMax: diskBytesMax });
      else if (signal !== null) resolve({ reason: "ended_by_signal", signal });
      else resolve(code === 0 ? null : { reason: "exited", code: code ?? 1 });
    });
  });
}

function forward(stream: Readable, name: "stdout" | "stderr"): void {
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    // The pipe stands still until the parent took this: a command that prints without end is held up, not stored.
    stream.pause();
    report({ kind: "output", stream: name, text: text.slice(0, OUTPUT_CHARACTERS_MAX) }, () => stream.resume());
  });
}

function report(message: SupervisorReport, onSent: () => void): void {
  process.send?.(message, undefined, {}, onSent);
}

const own = (): ReadonlySet<number> => new Set([process.pid]);
