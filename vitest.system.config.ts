import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "system",
    include: ["test/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // Each file starts real servers; two cores hold one at a time.
    fileParallelism: false,
  },
});
