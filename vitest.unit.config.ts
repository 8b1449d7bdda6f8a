import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** The processes that tests start compile the same modules each time. */
const NODE_COMPILE_CACHE = join(import.meta.dirname, "node_modules/.cache/node");

export default defineConfig({
  test: {
    name: "unit",
    include: ["{contract,edge,control-plane,drift-job,ops}/**/*.test.ts"],
    exclude: ["**/*.workerd.test.ts", "**/node_modules/**"],
    testTimeout: 60_000,
    // A worker runs many files: each keeps to its own directories and ports, and starting a worker per file cost a fifth of the time.
    isolate: false,
    env: { NODE_COMPILE_CACHE },
    // Equal in all three projects, so that vitest runs their files from one queue; many of them wait more than they compute.
    maxWorkers: 2,
  },
});
