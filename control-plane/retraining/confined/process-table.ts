/** Processes that came of a marked command, from /proc (Linux); none are found elsewhere. Reads, and kills what it is told to. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { MARK_VARIABLE } from "./confinement.ts";

const PAGE_BYTES = 4096;
const KILL_POLL_MS = 20;

export interface MarkedProcess {
  id: number;
  residentBytes: number;
}

/** Every running process with this mark in its environment, but not `except`. A process of another user is not seen: none can come of ours. */
export function markedProcesses(mark: string, except: ReadonlySet<number> = new Set()): MarkedProcess[] {
  const wanted = `${MARK_VARIABLE}=${mark}`;
  return processIds().flatMap((id) => {
    if (except.has(id)) return [];
    try {
      // A zombie has no environment any more: it does not run.
      if (!readFileSync(`/proc/${id}/environ`, "latin1").split("\0").includes(wanted)) return [];
      const [, residentPages] = readFileSync(`/proc/${id}/statm`, "latin1").split(" ");
      return [{ id, residentBytes: Number(residentPages) * PAGE_BYTES }];
    } catch {
      // It ended meanwhile, or is not ours.
      return [];
    }
  });
}

/** Kills every process with the mark, again and again until none is left: one may be starting another. Answers how many there were. */
export async function killMarked(mark: string, except: ReadonlySet<number> = new Set()): Promise<number> {
  const seen = new Set<number>();
  for (;;) {
    const left = markedProcesses(mark, except);
    if (left.length === 0) return seen.size;
    for (const { id } of left) {
      seen.add(id);
      try {
        process.kill(id, "SIGKILL");
      } catch {
        // It ended meanwhile.
      }
    }
    await sleep(KILL_POLL_MS);
  }
}

function processIds(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
