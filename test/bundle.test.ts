/** What `wrangler deploy` would upload, held to a budget: a Worker that outgrows the platform's limit cannot be deployed at all. */
import { expect, it } from "vitest";
import { buildWorker } from "../ops/direct-edge/direct-edge.ts";

/** Workers limits, 2026: 64 MiB uncompressed on every plan; older accounts 10 MiB compressed (paid). Ours is most of all onnxruntime's WASM. */
const RAW_BYTES_MAX = 15_000_000;
const GZIP_BYTES_MAX = 4_000_000;
/** Our own code and its libraries without the WASM binary: it is parsed at every cold start. */
const SCRIPT_BYTES_MAX = 320_000;

it("wrangler deploy --dry-run succeeds within the size budget", async () => {
  const { modules, rawBytes, report } = await buildWorker();
  const script = modules.find(({ type }) => type === "ESModule");
  const scriptBytes = Buffer.byteLength(script?.contents ?? "");
  const gzipBytes = Number(/gzip: ([\d.]+) KiB/.exec(report)?.[1]) * 1024;
  console.log(`${report}; script ${scriptBytes} bytes`);
  expect(rawBytes).toBeLessThanOrEqual(RAW_BYTES_MAX);
  expect(gzipBytes).toBeLessThanOrEqual(GZIP_BYTES_MAX);
  expect(scriptBytes).toBeGreaterThan(50_000);
  expect(scriptBytes).toBeLessThanOrEqual(SCRIPT_BYTES_MAX);
});
