import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { markedProcesses } from "./process-table.ts";
import { runConfinedCommand } from "./run-confined-command.ts";

const MIB = 1024 ** 2;
let directory: string;
let mark: string;
let output: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "edgewise-confined-"));
  mark = directory;
  output = "";
});

afterEach(() => {
  // Whatever a test did: nothing of its command runs any more.
  expect(markedProcesses(mark)).toEqual([]);
  rmSync(directory, { recursive: true, force: true });
});

interface Given {
  limits?: Partial<{ timeoutMs: number; memoryBytes: number; diskBytes: number }>;
  signal?: AbortSignal;
}

/** Runs a piece of JavaScript in a Node of its own. */
function run(script: string, { limits = {}, signal = new AbortController().signal }: Given = {}) {
  return runConfinedCommand(
    {
      argv: [process.execPath, "--input-type=module", "-e", script],
      workingDirectory: directory,
      environment: { PATH: process.env["PATH"] ?? "" },
      watchedDirectory: directory,
      limits: { timeoutMs: 20_000, memoryBytes: 512 * MIB, diskBytes: 64 * MIB, ...limits },
      mark,
    },
    { onOutput: (_, text) => (output += text), signal },
  );
}

/** Leaves a grandchild that detached itself from its group. */
const DETACHES = `import { spawn } from "node:child_process";
  spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" }).unref();`;

describe("a confined command", () => {
  it("gives its output and what it used", async () => {
    const outcome = await run(`console.log("out"); console.error("err");`);
    expect(outcome).toMatchObject({ ok: true, value: { durationMs: expect.any(Number) as number } });
    expect(output.split("\n").toSorted()).toEqual(["", "err", "out"]);
  });

  it("gets nothing of this process's environment", async () => {
    process.env["SECRET_OF_THE_TEST"] = "s3cret";
    await run("console.log(JSON.stringify(process.env))");
    delete process.env["SECRET_OF_THE_TEST"];
    expect(Object.keys(JSON.parse(output) as object).toSorted()).toEqual(["EDGEWISE_RETRAIN_MARK", "PATH"]);
  });

  it("that crashes is told by its code, or by its signal", async () => {
    expect(await run("process.exit(3)")).toEqual({ ok: false, failure: { reason: "exited", code: 3 } });
    expect(await run("process.kill(process.pid, 'SIGSEGV'); await new Promise((r) => setTimeout(r, 5000))")).toEqual({
      ok: false,
      failure: { reason: "ended_by_signal", signal: "SIGSEGV" },
    });
  });

  it("that is not there is told", async () => {
    const command = {
      argv: ["/nowhere/trainer"],
      workingDirectory: directory,
      environment: {},
      watchedDirectory: directory,
      mark,
    };
    const limits = { timeoutMs: 5000, memoryBytes: 64 * MIB, diskBytes: MIB };
    const outcome = await runConfinedCommand(
      { ...command, limits },
      { onOutput: (_, text) => (output += text), signal: new AbortController().signal },
    );
    expect(outcome.ok).toBe(false);
    expect(`${JSON.stringify(outcome)} ${output}`).toContain("/nowhere/trainer");
  });

  it("that hangs is ended, also when it does not listen to signals", async () => {
    const outcome = await run(`process.on("SIGTERM", () => {}); process.on("SIGINT", () => {}); setInterval(() => {}, 1000);`, {
      limits: { timeoutMs: 700 },
    });
    expect(outcome).toEqual({ ok: false, failure: { reason: "timed_out", afterMs: 700 } });
  });

  it("that fills the disk is ended: one file by the kernel, many by the watch", async () => {
    const write = (name: string) => `import { appendFileSync } from "node:fs"; const block = Buffer.alloc(${MIB}, 1);
      for (let at = 0; ; at++) appendFileSync(${name}, block);`;
    const one = await run(write(`"one"`), { limits: { diskBytes: 8 * MIB } });
    expect(one.ok).toBe(false);
    expect(readFileSync(join(directory, "one")).byteLength).toBeLessThanOrEqual(8 * MIB);
    rmSync(join(directory, "one"));
    const many = await run(write("`many-${at}`"), { limits: { diskBytes: 8 * MIB } });
    expect(many).toMatchObject({ ok: false, failure: { reason: "disk_exceeded", bytesMax: 8 * MIB } });
  });

  it("that takes too much memory is ended, also when many processes share it", async () => {
    const eat = `const held = []; setInterval(() => held.push(Buffer.alloc(${16 * MIB}, 1)), 20);`;
    const alone = await run(eat, { limits: { memoryBytes: 160 * MIB } });
    expect(alone.ok).toBe(false);
    const child = `const held = []; for (let at = 0; at < 6; at++) held.push(Buffer.alloc(${10 * MIB}, 1)); setInterval(() => held.length, 1000);`;
    const shared = await run(
      `import { spawn } from "node:child_process"; for (let at = 0; at < 3; at++) spawn(process.execPath, ["-e", ${JSON.stringify(child)}]);
       setInterval(() => {}, 1000);`,
      { limits: { memoryBytes: 250 * MIB } },
    );
    expect(shared).toMatchObject({ ok: false, failure: { reason: "memory_exceeded", bytesMax: 250 * MIB } });
  });

  it("leaves nothing running: what it started and detached ends with it", async () => {
    expect(await run(DETACHES)).toMatchObject({ ok: true });
    expect(markedProcesses(mark)).toEqual([]);
  });

  it("is ended when it is cancelled", async () => {
    const controller = new AbortController();
    const running = run(`${DETACHES} console.log("up"); setInterval(() => {}, 1000);`, { signal: controller.signal });
    while (!output.includes("up")) await sleep(20);
    controller.abort();
    expect(await running).toEqual({ ok: false, failure: { reason: "cancelled" } });
  });

  it("that prints without end neither fills memory nor hides its end", async () => {
    const endless = await run(`for (;;) process.stdout.write("x".repeat(65536));`, { limits: { timeoutMs: 1000 } });
    expect(endless).toEqual({ ok: false, failure: { reason: "timed_out", afterMs: 1000 } });
  });

  it("ends when the control plane is killed", async () => {
    const parent = `import { runConfinedCommand } from ${JSON.stringify(new URL("./run-confined-command.ts", import.meta.url).href)};
      await runConfinedCommand(${JSON.stringify({
        argv: [process.execPath, "-e", `require("fs").writeFileSync("up", ""); setInterval(() => {}, 1000)`],
        workingDirectory: directory,
        environment: {},
        watchedDirectory: directory,
        limits: { timeoutMs: 60_000, memoryBytes: 512 * MIB, diskBytes: MIB },
        mark,
      })}, { onOutput() {}, signal: new AbortController().signal });`;
    const script = join(directory, "parent.ts");
    writeFileSync(script, parent);
    const controlPlane = spawn(process.execPath, [script], { stdio: "inherit" });
    while (!existsSync(join(directory, "up"))) await sleep(20);
    expect(markedProcesses(mark).length).toBe(1);
    controlPlane.kill("SIGKILL");
    await once(controlPlane, "exit");
    const deadlineMs = performance.now() + 10_000;
    while (markedProcesses(mark).length > 0 && performance.now() < deadlineMs) await sleep(20);
  });
});
