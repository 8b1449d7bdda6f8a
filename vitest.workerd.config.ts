import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { boostedOnnx } from "./control-plane/trainer/boosted-onnx.ts";
import { TreeBuilder, type GrownTree } from "./control-plane/trainer/tree.ts";
import { scaled } from "./test/harness/scale.ts";

const artifact = (version: string): string =>
  readFileSync(new URL(`./examples/pm25/pm25-${version}.onnx`, import.meta.url)).toString("base64");
const { privateKey, publicKey } = generateKeyPairSync("ed25519");

/** A tree of one split. */
function stump(feature: number, threshold: number, isMissingLeft: boolean, below: number, above: number): GrownTree {
  const tree = new TreeBuilder();
  const root = tree.addNode();
  const { left, right } = tree.split(root, feature, 0, threshold, isMissingLeft);
  tree.setLeaf(left, below);
  tree.setLeaf(right, above);
  return tree.finish();
}

/** An error model of the example versions: the figures are release.fixture.ts's. */
function errorModel(): string {
  const trees = [stump(12, 50, false, 4, 250), stump(0, 40, true, -10, 6.5)];
  const features = Array.from({ length: 13 }, (_, at) => `f${at}`);
  const onnx = boostedOnnx({ task: "regression", features, trees, base: 0, metrics: {}, rounds: { run: 2, kept: 2 } });
  return Buffer.from(onnx).toString("base64");
}

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
          TEST_FLIPPED_BITS: String(scaled({ full: 1000, quick: 100 })),
          TEST_ARTIFACT_V1: artifact("v1"),
          TEST_ARTIFACT_V2: artifact("v2"),
          TEST_ERROR_MODEL: errorModel(),
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
