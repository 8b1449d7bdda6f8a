import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { scaled } from "./test/harness/scale.ts";

export default defineConfig({
  test: {
    name: "system",
    include: ["test/**/*.test.ts"],
    testTimeout: scaled({ full: 1_200_000, quick: 300_000 }),
    hookTimeout: 120_000,
    // Each file starts real servers. Two at a time: the longest of them mostly waits for the pace of KV writes.
    maxWorkers: 2,
    // The processes that they start compile the same modules each time.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/node") },
  },
});
