/** Whether a TCP port is free and, when it is not, which process holds it. Looks only; nothing is ended here. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { fail, succeed, type Result } from "../../contract/result.ts";

export interface PortHolder {
  processId: number;
  commandLine: string;
}

export type PortProblem =
  { reason: "taken"; port: number; holder: PortHolder | undefined } | { reason: "not_allowed"; port: number; detail: string };

const COMMAND_LINE_CHARACTERS_MAX = 120;
const LISTENING = "0A";

/** Tries to listen on the port for a moment. */
export async function checkPort(port: number, host: string): Promise<Result<void, PortProblem>> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    // Exclusive: the answer must be the kernel's, not that of a cluster's shared handle.
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
  if (error === undefined) return succeed(undefined);
  if (error.code === "EADDRINUSE") return fail({ reason: "taken", port, holder: findHolder(port) });
  return fail({ reason: "not_allowed", port, detail: error.message });
}

/** The sentence for a person; `variable` is what chooses another port. */
export function describePortProblem(problem: PortProblem, part: string, variable: string): string {
  const { port } = problem;
  switch (problem.reason) {
    case "taken": {
      const { holder } = problem;
      const by = holder ? ` by process ${holder.processId} (${holder.commandLine})` : "";
      return `port ${port}, which the ${part} needs, is taken${by}. End that process, or choose another port: ${variable}=${port + 1} npm start`;
    }
    case "not_allowed":
      return `the ${part} cannot listen on port ${port}: ${problem.detail}. Choose another port: ${variable}=${port + 10000} npm start`;
  }
}

/** The process that listens on the port, as far as /proc shows it: only Linux has it, and other users' processes hide their sockets. */
export function findHolder(port: number): PortHolder | undefined {
  const sockets = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listeningInodes(readText(table), port)));
  if (sockets.size === 0) return undefined;
  for (const processId of processIds()) {
    for (const descriptor of listOrNothing(`/proc/${processId}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOrNothing(`/proc/${processId}/fd/${descriptor}`))?.[1];
      if (inode !== undefined && sockets.has(inode)) return { processId, commandLine: commandLineOf(processId) };
    }
  }
  return undefined;
}

/** Socket inodes that listen on `port`, from the text of /proc/net/tcp or tcp6 (proc_net_tcp(5)). */
export function listeningInodes(table: string, port: number): string[] {
  const portHex = port.toString(16).toUpperCase().padStart(4, "0");
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    return state === LISTENING && local.endsWith(`:${portHex}`) ? [inode] : [];
  });
}

const processIds = (): number[] =>
  listOrNothing("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

function commandLineOf(processId: number): string {
  const words = readText(`/proc/${processId}/cmdline`).split("\0").filter(Boolean);
  return words.join(" ").slice(0, COMMAND_LINE_CHARACTERS_MAX) || "unknown";
}

// Processes come and go while /proc is read, and many belong to others: what cannot be read is not there.
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function listOrNothing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function linkOrNothing(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
