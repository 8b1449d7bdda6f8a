/**
 * A child process with all that it starts, as one group that ends together. wrangler leaves its workerd behind when only wrangler is
 * ended, and a workerd that is left behind goes on answering on the port.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

export interface GroupCommand {
  command: string;
  parameters: readonly string[];
  environment: NodeJS.ProcessEnv;
  workingDirectory: string;
}

export interface ProcessGroup {
  /** Process id of the leader, and id of the group. */
  id: number;
  stdout: Readable;
  stderr: Readable;
  /** Resolves when the leader has ended, with how. */
  ended: Promise<string>;
  hasEnded: () => boolean;
  /** Asks the whole group to end and waits until none of it is left; what is left after `graceMs` is killed. */
  end(graceMs: number): Promise<void>;
  /** Kills the whole group at once. */
  kill(): void;
}

const POLL_INTERVAL_MS = 50;

/** Starts a command as the leader of its own group, so that the terminal's Ctrl-C reaches only the start script, which ends things in order. */
export function startGroup({ command, parameters, environment, workingDirectory }: GroupCommand): ProcessGroup {
  const child = spawn(command, parameters, {
    cwd: workingDirectory,
    env: environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let hasEnded = false;
  const ended = endOf(child).then((how) => {
    hasEnded = true;
    return how;
  });
  // A command that could not be started has no id; its `ended` says why, and there is no group to end.
  const id = child.pid ?? 0;
  return {
    id,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    hasEnded: () => hasEnded,
    async end(graceMs) {
      const killAtMs = performance.now() + graceMs;
      signalGroup(id, "SIGTERM");
      while (isGroupAlive(id)) {
        if (performance.now() >= killAtMs) signalGroup(id, "SIGKILL");
        await sleep(POLL_INTERVAL_MS);
      }
    },
    kill: () => signalGroup(id, "SIGKILL"),
  };
}

/** Whether a process of the group still runs. A zombie does not: it waits for its parent and holds nothing. */
export function isGroupAlive(groupId: number): boolean {
  if (groupId === 0) return false;
  const members = groupMembers(groupId);
  if (members !== undefined) return members.length > 0;
  try {
    process.kill(-groupId, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ids of the group's running processes, from /proc; undefined where there is none (not Linux). */
export function groupMembers(groupId: number): number[] | undefined {
  let names: string[];
  try {
    names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  if (names.length === 0) return undefined;
  return names.map(Number).filter((processId) => {
    try {
      // pid (command) state parent group …; the command may hold spaces and brackets, so count from its last bracket (proc_pid_stat(5)).
      const text = readFileSync(`/proc/${processId}/stat`, "utf8");
      const [state, , group] = text.slice(text.lastIndexOf(")") + 2).split(" ");
      if (Number(group) !== groupId || state === "X") return false;
      // A zombie whose other threads are still ending holds its sockets until the last of them is gone.
      return state !== "Z" || readdirSync(`/proc/${processId}/task`).length > 1;
    } catch {
      return false;
    }
  });
}

function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  // kill(-0) would reach this process's own group.
  if (groupId === 0) return;
  try {
    process.kill(-groupId, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => resolve(signal === null ? `ended with code ${code}` : `ended by ${signal}`));
  });
}
