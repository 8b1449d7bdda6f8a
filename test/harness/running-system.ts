/** The whole system as a person starts it (`npm start`), in a directory of its own, and the `edgewise` command against it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../../ops/bench/free-port.ts";
import { REPOSITORY, runEdgewise } from "./run-edgewise.ts";

export interface RunningSystem {
  edgeUrl: string;
  controlPlaneUrl: string;
  adminToken: string;
  directory: string;
  process: ChildProcess;
  output: () => string;
  /** Runs `edgewise …` against it; answers with its standard output. Throws with its standard error when it fails. */
  edgewise(...parameters: string[]): Promise<string>;
  api(method: string, path: string, body?: unknown): Promise<{ status: number; json: never }>;
  /** Asks it to end and waits until it has. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface StartedProcess {
  process: ChildProcess;
  output: () => string;
}

/** `npm start`'s own command, with its output collected. */
export function spawnStart(variables: Record<string, string>): StartedProcess {
  const child = spawn(process.execPath, ["ops/start/start.ts"], {
    cwd: REPOSITORY,
    env: { ...process.env, NO_COLOR: "1", ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return { process: child, output: () => output };
}

export async function startSystem(variables: Record<string, string> = {}): Promise<RunningSystem> {
  const directory = mkdtempSync(join(tmpdir(), "edgewise-system-"));
  const [edgePort, port] = await freePorts(2);
  const environment = { EDGEWISE_DIRECTORY: directory, EDGE_PORT: String(edgePort), PORT: String(port), ...variables };
  const { process: child, output } = spawnStart(environment);
  while (!output().includes("Edgewise is running")) {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${output()}`);
    await sleep(50);
  }
  const edgeUrl = `http://127.0.0.1:${edgePort}`;
  const controlPlaneUrl = `http://127.0.0.1:${port}`;
  const adminToken = readFileSync(join(directory, "admin-token"), "utf8").trim();
  return {
    edgeUrl,
    controlPlaneUrl,
    adminToken,
    directory,
    process: child,
    output,
    edgewise: (...parameters) => runEdgewise({ controlPlaneUrl, edgeUrl, adminToken }, ...parameters),
    async api(method, path, body) {
      const response = await fetch(controlPlaneUrl + path, {
        method,
        headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, json: (await response.json()) as never };
    },
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill(signal);
        await ended;
      }
      rmSync(directory, { recursive: true, force: true });
      return child.exitCode;
    },
  };
}
