/**
 * The built Worker on a direct workerd socket: the same bundle that `wrangler deploy` uploads, without wrangler dev's proxy in front
 * (which caps it near a tenth of its rate). For benchmarks and for tests that need to reach into its KV and R2. Not how it is run by people.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const REPOSITORY = join(import.meta.dirname, "../..");
const WRANGLER = join(REPOSITORY, "node_modules/wrangler/bin/wrangler.js");

const COMPATIBILITY_DATE = "2026-10-01";

type Modules = { type: "ESModule" | "CompiledWasm"; path: string; contents: string | Uint8Array }[];

export interface BuiltWorker {
  modules: Modules;
  /** Bytes of all modules as uploaded. */
  rawBytes: number;
  /** wrangler's own report line, e.g. "Total Upload: 14164.94 KiB / gzip: 3694.21 KiB". */
  report: string;
}

/** Bundles the Worker as `wrangler deploy` would. Nothing is uploaded. */
export async function buildWorker(): Promise<BuiltWorker> {
  const directory = await mkdtemp(join(tmpdir(), "edgewise-build-"));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [WRANGLER, "deploy", "--dry-run", "--outdir", directory], {
      cwd: REPOSITORY,
      env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true", NO_COLOR: "1" },
    });
    const modules: Modules = [];
    for (const file of await readdir(directory)) {
      const contents = await readFile(join(directory, file));
      if (file === "index.js") modules.unshift({ type: "ESModule", path: file, contents: contents.toString() });
      else if (file.endsWith(".wasm")) modules.push({ type: "CompiledWasm", path: file, contents });
    }
    const rawBytes = modules.reduce((sum, { contents }) => sum + Buffer.byteLength(contents), 0);
    return { modules, rawBytes, report: /Total Upload:.*/.exec(stdout)?.[0] ?? "" };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export interface DirectEdgeOptions {
  publicKeys: string[];
  edgeToken: string;
  /** As RECEIPT_KEY takes it. Default: a key that no receipt of anyone else is signed with. */
  receiptKey?: string;
  /** Workers from the same bundle that share KV, R2 and Durable Objects: as many isolates. */
  isolates?: number;
  vars?: Record<string, string>;
  persistTo?: string;
  /** Text of a module that exports another MetricsShard, for tests: it runs beside the bundle, in a Worker of its own, and holds what is counted. */
  shardModule?: string;
}

export interface DirectEdge {
  /** Origin of each isolate, without a trailing slash. */
  origins: string[];
  releases: Awaited<ReturnType<Miniflare["getKVNamespace"]>>;
  models: Awaited<ReturnType<Miniflare["getR2Bucket"]>>;
  /** Calls the Worker of `shardModule`. */
  askShards(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startDirectEdge(built: BuiltWorker, options: DirectEdgeOptions): Promise<DirectEdge> {
  const { isolates = 1, persistTo, receiptKey = randomBytes(32).toString("base64"), shardModule } = options;
  const shardScript = shardModule === undefined ? "edgewise" : "shards";
  const names = Array.from({ length: isolates }, (_, index) => (index === 0 ? "edgewise" : `edgewise-${index + 1}`));
  const edgeWorker = (name: string) => ({
    name,
    modules: built.modules,
    modulesRoot: ".",
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: {
      RELEASE_PUBLIC_KEYS: options.publicKeys.join(","),
      EDGE_TOKEN: options.edgeToken,
      RECEIPT_KEY: receiptKey,
      DEFAULT_MODEL: "",
      RELEASE_REFRESH_SECONDS: "1",
      KV_CACHE_TTL_SECONDS: "30",
      METRICS_SHARDS: "2",
      RECEIPT_HOURS: "720",
      ARTIFACT_BYTES_MAX: String(12 * 1024 * 1024),
      LOG_LEVEL: "error",
      LOG_SAMPLE_RATE: "0",
      ...options.vars,
    },
    kvNamespaces: { RELEASES: "releases" },
    r2Buckets: { MODELS: "edgewise-models" },
    durableObjects: {
      METRICS_SHARD: {
        className: "MetricsShard",
        useSQLite: true,
        ...(name === shardScript ? {} : { scriptName: shardScript }),
      },
      QUALITY_LEDGER: {
        className: "QualityLedger",
        useSQLite: true,
        ...(name === "edgewise" ? {} : { scriptName: "edgewise" }),
      },
    },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  });
  const shardWorker = (contents: string) => ({
    name: shardScript,
    modules: [{ type: "ESModule" as const, path: "shards.js", contents }, ...built.modules],
    modulesRoot: ".",
    compatibilityDate: COMPATIBILITY_DATE,
    durableObjects: { METRICS_SHARD: { className: "MetricsShard", useSQLite: true } },
  });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      telemetry: { enabled: false },
      ...(persistTo === undefined ? {} : { resourcePersistencePath: persistTo }),
      workers: [...names.map(edgeWorker), ...(shardModule === undefined ? [] : [shardWorker(shardModule)])],
    }),
  );
  await miniflare.ready;
  const urls = await Promise.all(names.map((name) => miniflare.unsafeGetDirectURL(name)));
  return {
    origins: urls.map(({ origin }) => origin),
    releases: await miniflare.getKVNamespace("RELEASES", "edgewise"),
    models: await miniflare.getR2Bucket("MODELS", "edgewise"),
    async askShards(path) {
      const worker = await miniflare.getWorker(shardScript);
      return (await worker.fetch(`http://shards${path}`)).json();
    },
    stop: () => miniflare.dispose(),
  };
}
