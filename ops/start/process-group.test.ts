import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import { isGroupAlive, startGroup, type ProcessGroup } from "./process-group.ts";

const groups: ProcessGroup[] = [];
afterEach(() => groups.splice(0).forEach((group) => group.kill()));

function start(script: string): ProcessGroup {
  const group = startGroup({
    command: process.execPath,
    parameters: ["-e", script],
    environment: process.env,
    workingDirectory: process.cwd(),
  });
  groups.push(group);
  return group;
}

/** A child whose own child listens on a port and prints it, as wrangler's workerd does. */
const GRANDCHILD = `
  const { spawn } = require("node:child_process");
  const listening = 'require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })';
  const grandchild = spawn(process.execPath, ["-e", listening], { stdio: ["ignore", "pipe", "ignore"] });
  grandchild.stdout.once("data", (port) => { process.stdout.write(port); then(); });`;

async function firstNumber({ stdout }: ProcessGroup): Promise<number> {
  const [line] = (await once(createInterface({ input: stdout }), "line")) as [string];
  return Number(line);
}

/** Asked over the port rather than by process id: a zombie still has its id. */
function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => socket.end(() => resolve(true))).once("error", () => resolve(false));
  });
}

describe("the end of a group", () => {
  it("ends a grandchild too", async () => {
    const group = start(`${GRANDCHILD} function then() {}`);
    const port = await firstNumber(group);
    expect(await isListening(port)).toBe(true);
    await group.end(20_000);
    expect(isGroupAlive(group.id)).toBe(false);
    expect(await isListening(port)).toBe(false);
  });

  it("ends a grandchild whose parent is gone already, as wrangler leaves its workerd", async () => {
    const group = start(`${GRANDCHILD} function then() { process.exit(3); }`);
    const port = await firstNumber(group);
    expect(await group.ended).toBe("ended with code 3");
    expect(await isListening(port)).toBe(true);
    await group.end(20_000);
    expect(await isListening(port)).toBe(false);
  });

  it("kills what does not end when asked", async () => {
    const group = start(`process.on("SIGTERM", () => {}); console.log(1); setInterval(() => {}, 1000);`);
    await firstNumber(group);
    await group.end(200);
    expect(await group.ended).toBe("ended by SIGKILL");
  });

  it("waits for what ends in its own time rather than killing it", async () => {
    const group = start(
      `process.on("SIGTERM", () => setTimeout(() => process.exit(7), 300)); console.log(1); setInterval(() => {}, 1000);`,
    );
    await firstNumber(group);
    await group.end(20_000);
    expect(await group.ended).toBe("ended with code 7");
  });
});

it("reports a command that cannot be started, and ends nothing in its place", async () => {
  const group = startGroup({ command: "/nowhere/at-all", parameters: [], environment: {}, workingDirectory: process.cwd() });
  expect(await group.ended).toMatch(/could not be started/);
  await group.end(1000);
  group.kill();
});
