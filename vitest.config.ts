import { defineConfig } from "vitest/config";

// Three kinds of tests, each in its own project:
//   unit     pure code and Node code, beside the file it tests (*.test.ts)
//   workerd  on real workerd with real local R2, KV and Durable Objects (edge/**/*.workerd.test.ts)
//   system   across real processes, and about the repository (test/**/*.test.ts)
export default defineConfig({
  test: {
    projects: ["./vitest.unit.config.ts", "./vitest.workerd.config.ts", "./vitest.system.config.ts"],
  },
});
