import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compileTreeWalk } from "./compile-tree-walk.ts";

it("the committed WebAssembly is that of its text: `npm run tree-walk:generate` after a change", async () => {
  const committed = readFileSync(new URL("../../contract/tree-ensemble/tree-walk.wasm", import.meta.url));
  expect(Buffer.from(await compileTreeWalk()).equals(committed)).toBe(true);
});
