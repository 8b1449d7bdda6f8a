import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readRegistrationMetadata } from "./registration-metadata.ts";

const folder = mkdtempSync(join(tmpdir(), "edgewise-metadata-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}
const base = { model: "m", input: "features" };

it("lets an option win over the file and keeps the rest of it", async () => {
  const metadata = file("metadata.json", {
    description: "from the file",
    tags: { a: "1", b: "1" },
    inputs: [{ name: "features", missing: "nan" }, { name: "site" }],
  });
  expect(
    await readRegistrationMetadata({ ...base, metadata, description: "given", tag: { b: "2" }, features: ["x", "y"] }),
  ).toEqual({
    ok: true,
    value: {
      description: "given",
      tags: { a: "1", b: "2" },
      inputs: [{ name: "site" }, { name: "features", missing: "nan", features: ["x", "y"] }],
    },
  });
});

it("takes examples as a bare list or with the names of their columns", async () => {
  const named = file("examples.json", { features: ["x"], instances: [[1], [null]] });
  expect(await readRegistrationMetadata({ ...base, examples: named })).toMatchObject({
    value: { examples: [[1], [null]], inputs: [{ name: "features", features: ["x"] }] },
  });
  const bare = file("rows.json", [{ x: 1 }]);
  const expected = file("expected.json", { predictions: [2] });
  expect(await readRegistrationMetadata({ ...base, examples: bare, expected })).toEqual({
    ok: true,
    value: { examples: [{ x: 1 }], expected: [2] },
  });
});

it("says nothing of inputs when nothing was said of them", async () => {
  expect(await readRegistrationMetadata(base)).toEqual({ ok: true, value: {} });
});

it.each([
  ["a file that is not there", { metadata: join(folder, "absent.json") }, { reason: "file_unreadable" }],
  ["a file that is not JSON", { metadata: file("broken.json", "{") }, { reason: "file_invalid" }],
  ["metadata with a member that nobody knows", { metadata: file("typo.json", { metrik: {} }) }, { reason: "file_invalid" }],
  ["a tag key that the registry refuses", { tag: { "a b": "1" } }, { reason: "usage" }],
])("refuses %s before anything is sent", async (_, options, failure) => {
  expect(await readRegistrationMetadata({ ...base, ...options })).toMatchObject({ ok: false, failure });
});
