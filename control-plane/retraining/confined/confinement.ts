/**
 * What it means to run a command confined: its limits, the ways in which it can end, and what the supervisor and its parent tell each other.
 * Types, and the pure part: the command line with the kernel's own limits in front.
 */

export interface ConfinementLimits {
  timeoutMs: number;
  /** Resident memory of the command and all that it starts. */
  memoryBytes: number;
  /** Of the watched directory. */
  diskBytes: number;
}

export interface ConfinedCommand {
  argv: readonly string[];
  workingDirectory: string;
  /** All that the command gets of an environment. */
  environment: Readonly<Record<string, string>>;
  /** The directory whose size is held against diskBytes. */
  watchedDirectory: string;
  limits: ConfinementLimits;
  /** Put into the environment, and inherited: how every process that comes of the command is found, also one that left the group. */
  mark: string;
}

export type ConfinedFailure =
  | { reason: "could_not_start"; detail: string }
  | { reason: "exited"; code: number }
  | { reason: "ended_by_signal"; signal: string }
  | { reason: "timed_out"; afterMs: number }
  | { reason: "memory_exceeded"; bytes: number; bytesMax: number }
  | { reason: "disk_exceeded"; bytes: number; bytesMax: number }
  /** The supervisor itself died; everything of the command was ended. */
  | { reason: "supervisor_ended"; detail: string }
  | { reason: "cancelled" };

export interface ConfinedUse {
  durationMs: number;
  /** The most that was seen; a peak between two looks is not. */
  memoryBytesMax: number;
}

export type SupervisorReport =
  | { kind: "output"; stream: "stdout" | "stderr"; text: string }
  | { kind: "ended"; failure: ConfinedFailure | null; use: ConfinedUse };

export const MARK_VARIABLE = "EDGEWISE_RETRAIN_MARK";
/** How often memory and disk are looked at. */
export const WATCH_EVERY_MS = 100;
/** Node maps 560 MB of private memory before its first line runs, and touches a tenth of it: the kernel counts what is mapped. */
const MAPPED_UNTOUCHED_BYTES = 2 * 1024 ** 3;

/**
 * The command behind `prlimit` (util-linux), whose limits the kernel holds at every moment, not only when somebody looks: no core files, no
 * file larger than the disk limit, no leap of one process far beyond the memory limit between two looks. Without prlimit the command as it is: then the watch alone holds them.
 */
export function withKernelLimits(argv: readonly string[], limits: ConfinementLimits, prlimit: string | undefined): string[] {
  if (prlimit === undefined) return [...argv];
  const dataBytes = limits.memoryBytes + MAPPED_UNTOUCHED_BYTES;
  return [prlimit, "--core=0", `--fsize=${limits.diskBytes}`, `--data=${dataBytes}`, "--", ...argv];
}
