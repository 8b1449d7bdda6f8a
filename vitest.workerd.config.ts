import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const artifact = (version: string): string =>
  readFileSync(new URL(`./examples/pm25/pm25-${version}.onnx`, import.meta.url)).toString("base64");
const { privateKey, publicKey } = generateKeyPairSync("ed25519");

// Tests on real workerd with real local R2, KV and Durable Objects. A fresh release key per run; its private half reaches the tests only.
export default defineConfig({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings: {
          RELEASE_PUBLIC_KEYS: publicKey.export({ type: "spki", format: "der" }).subarray(12).toString("base64"),
          EDGE_TOKEN: "edge-token-of-the-tests",
          RECEIPT_KEY: randomBytes(32).toString("base64"),
          RELEASE_REFRESH_SECONDS: "0.05",
          TEST_ARTIFACT_V1: artifact("v1"),
          TEST_ARTIFACT_V2: artifact("v2"),
          TEST_RELEASE_PRIVATE_KEY: privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
        },
      },
    }),
  ],
  test: {
    name: "workerd",
    include: ["edge/**/*.workerd.test.ts"],
    // The first test that loads onnxruntime's 14 MB module waits seconds for it.
    testTimeout: 120_000,
    maxWorkers: 2,
  },
});
