import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { directoryHolder, lockDirectory } from "./directory-lock.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "edgewise-lock-"))));
afterEach(() => rmSync(folder, { recursive: true }));

it("gives the directory to one start, and to the next once it is released", () => {
  const lock = lockDirectory(folder);
  expect(lockDirectory(folder)).toEqual({ ok: false, failure: { reason: "in_use", processId: process.pid } });
  expect(directoryHolder(folder)).toBe(process.pid);
  if (lock.ok) lock.value.release();
  expect(existsSync(join(folder, "start.lock"))).toBe(false);
  expect(lockDirectory(folder).ok).toBe(true);
});

it("takes over the lock of a process that was killed", () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  writeFileSync(join(folder, "start.lock"), String(pid));
  expect(lockDirectory(folder).ok).toBe(true);
  expect(directoryHolder(folder)).toBe(process.pid);
});

it("takes over a lock that holds no process id", () => {
  writeFileSync(join(folder, "start.lock"), "");
  expect(lockDirectory(folder).ok).toBe(true);
});
