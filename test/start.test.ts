/** `npm start` as a newcomer meets it: one command, a curl line that works when pasted, nothing left after Ctrl-C, a taken port named. */
import { execFileSync, execSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { spawnStart, startSystem, type RunningSystem } from "./harness/running-system.ts";

let system: RunningSystem;

beforeAll(async () => {
  system = await startSystem();
});

afterAll(() => system?.stop());

/** Ids of all processes below `root`, from /proc. */
function descendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "utf8").split(") ")[1]?.split(" ");
      parents.set(Number(name), Number(fields?.[1]));
    } catch {
      // Ended while the list was read.
    }
  }
  const found = [root];
  for (const parent of found) for (const [id, its] of parents) if (its === parent) found.push(id);
  return found.slice(1);
}

/** Whether a process still runs. One that has ended but was not yet collected by its new parent (state Z) does not. */
function isAlive(id: number): boolean {
  try {
    return !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${id}/stat`, "utf8"));
  } catch {
    return false;
  }
}

it("prints a curl line that answers with a prediction when it is pasted", () => {
  const line = /^curl .*$/m.exec(system.output())?.[0] ?? "";
  const answer = JSON.parse(execSync(line, { encoding: "utf8" })) as { model: string; version: string; predictions: number[] };
  expect(answer).toMatchObject({ model: "pm25_predictor", version: "v2" });
  expect(answer.predictions).toHaveLength(1);
  expect(answer.predictions[0]).toBeGreaterThan(0);
});

it("keeps its secrets in files that only their owner reads, and off the command line", () => {
  for (const file of ["admin-token", "edge.env"].map((name) => join(system.directory, name)).filter(existsSync)) {
    expect(statSync(file).mode & 0o077).toBe(0);
  }
  const edgeToken = /EDGE_TOKEN="?([^"\n]+)/.exec(readFileSync(join(system.directory, "edge.env"), "utf8"))?.[1] ?? "";
  expect(edgeToken.length).toBeGreaterThan(20);
  const commandLines = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
  expect(commandLines.includes(edgeToken)).toBe(false);
  expect(system.output().includes(edgeToken)).toBe(false);
  expect(system.output().includes(system.adminToken)).toBe(false);
});

it("refuses a second start at once and names the port that is taken", async () => {
  const edgePort = new URL(system.edgeUrl).port;
  const second = spawnStart({
    EDGE_PORT: edgePort,
    PORT: new URL(system.controlPlaneUrl).port,
    EDGEWISE_DIRECTORY: join(system.directory, "second"),
  });
  const [code] = (await once(second.process, "close")) as [number | null];
  expect(code).toBe(1);
  expect(second.output()).toContain(edgePort);
  expect(second.output()).not.toContain("Edgewise is running");
});

it("leaves no process behind after Ctrl-C", async () => {
  const started = descendants(system.process.pid as number);
  expect(started.length).toBeGreaterThan(3);
  const code = await system.stop("SIGINT");
  expect(code).toBe(0);
  expect(started.filter(isAlive)).toEqual([]);
});
