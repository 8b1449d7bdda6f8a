/** Which packages the child process of an evaluation loads before it has a task: it lives for one file, and most of its start was such loading. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const LISTS_PACKAGES = `
const { registerHooks } = await import("node:module");
const packages = new Set();
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const [, name] = /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(resolved.url) ?? [];
    if (name) packages.add(name);
    return resolved;
  },
});
await import(process.argv[1]);
console.log(JSON.stringify([...packages].sort()));
process.exit(0);
`;

it("loads none that only some tasks need: schemas, csv-parse, Parquet", async () => {
  const entry = new URL("./evaluation-process.ts", import.meta.url).href;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", LISTS_PACKAGES, entry]);
  expect(JSON.parse(stdout)).toEqual([]);
});
