import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "unit",
    include: ["{contract,edge,control-plane,drift-job,ops}/**/*.test.ts"],
    exclude: ["**/*.workerd.test.ts", "**/node_modules/**"],
    testTimeout: 60_000,
    // Equal in all three projects, so that vitest runs their files from one queue; many of them wait more than they compute.
    maxWorkers: 2,
  },
});
