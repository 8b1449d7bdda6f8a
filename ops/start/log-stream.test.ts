import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { isWranglerNoise, streamLines } from "./log-stream.ts";

describe("of wrangler's lines", () => {
  it.each([
    "",
    " ⛅️ wrangler 4.156.2 (update available 4.164.0)",
    "────────────────────",
    "Using secrets defined in .edgewise/edge.env",
    "Your Worker has access to the following bindings:",
    "Binding                                        Resource                  Mode",
    'env.EDGE_TOKEN ("(hidden)")                    Environment Variable      local',
    "⎔ Starting local server...",
    "\u001B[32m[wrangler:info]\u001B[0m GET /health 200 OK (28ms)",
  ])("%j is left out", (line) => expect(isWranglerNoise(line)).toBe(true));

  it.each([
    "[wrangler:info] POST /predict 500 Internal Server Error (23ms)",
    "[wrangler:info] POST /predict 400 Bad Request (3ms)",
    "[wrangler:error] Error: boom",
    "[wrangler:warn] The Workers runtime crashed unexpectedly and is being restarted (crash #1).",
    "✘ [ERROR] Build failed with 1 error:",
    "    at Object.fetch (file:///edge/index.ts:3:38)",
    '{"level":"error","event":"unhandled"}',
  ])("%j stays", (line) => expect(isWranglerNoise(line)).toBe(false));
});

it("prefixes whole lines, however they arrive", async () => {
  const lines: string[] = [];
  streamLines(
    Readable.from(["on", "e\ntwo\nno", "ise\nlast"]),
    { prefix: "edge |", isNoise: (line) => line === "noise" },
    (line) => lines.push(line),
  );
  while (lines.length < 3) await turn();
  expect(lines).toEqual(["edge | one", "edge | two", "edge | last"]);
});
