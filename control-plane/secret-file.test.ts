import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSecretFile, replaceSecretFile } from "./secret-file.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "edgewise-secret-"));
  path = join(directory, "within", "secret");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("a secret file", () => {
  it("is readable by its owner only, and so is the directory made for it", () => {
    createSecretFile(path, () => "secret");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, "within")).mode & 0o777).toBe(0o700);
  });

  it("is made once and not again", () => {
    createSecretFile(path, () => "first");
    createSecretFile(path, () => {
      throw new Error("asked for a second one");
    });
    expect(readFileSync(path, "utf8")).toBe("first");
  });

  it("is replaced when that is asked for, with nothing left beside it", () => {
    createSecretFile(path, () => "first");
    replaceSecretFile(path, "second");
    expect(readFileSync(path, "utf8")).toBe("second");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(directory, "within"))).toEqual(["secret"]);
  });
});
