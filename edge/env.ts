/** The bindings and variables that wrangler.toml declares, and the typed configuration made from them once per isolate. */
import * as z from "zod";
import { LOG_LEVELS } from "./log/request-log.ts";
import { importReceiptKey, RECEIPT_KEY_BYTES_MIN, type ReceiptKey } from "../contract/receipt-key.ts";
import type { QualityLedger } from "./feedback/quality-ledger.ts";
import type { MetricsShard } from "./metrics/metrics-shard.ts";

export interface Env {
  RELEASES: KVNamespace;
  MODELS: R2Bucket;
  METRICS_SHARD: DurableObjectNamespace<MetricsShard>;
  QUALITY_LEDGER: DurableObjectNamespace<QualityLedger>;
  /** Base64 of raw 32-byte Ed25519 public keys, comma-separated: several while a key is rotated. */
  RELEASE_PUBLIC_KEYS: string;
  /** Bearer token of the control plane and of operators. */
  EDGE_TOKEN: string;
  /** Base64 keys of receipts, comma-separated: the first signs, all are checked against. */
  RECEIPT_KEY: string;
  DEFAULT_MODEL: string;
  RELEASE_REFRESH_SECONDS: string;
  KV_CACHE_TTL_SECONDS: string;
  METRICS_SHARDS: string;
  RECEIPT_HOURS: string;
  ARTIFACT_BYTES_MAX: string;
  LOG_LEVEL: string;
  LOG_SAMPLE_RATE: string;
}

const receiptKey = z.string().transform((text, context): ReceiptKey => {
  const key = importReceiptKey(text.trim());
  if (key) return key;
  context.addIssue({ code: "custom", message: `a receipt key is the base64 of at least ${RECEIPT_KEY_BYTES_MIN} bytes` });
  return z.NEVER;
});

const config = z.object({
  releasePublicKeys: z
    .string()
    .transform((text) => text.split(",").map((key) => key.trim()))
    .pipe(z.array(z.base64().length(44)).min(1)),
  edgeToken: z.string().min(16),
  /** Model of a /predict that names none; empty means: the only one, when there is only one. */
  defaultModel: z.string(),
  refreshIntervalMs: z.coerce
    .number()
    .positive()
    .transform((seconds) => seconds * 1000),
  /** Workers KV refuses less than 30. */
  kvCacheTtlSeconds: z.coerce.number().int().min(30),
  /** 0: nothing is recorded. */
  metricsShards: z.coerce.number().int().min(0).max(64),
  receipts: z.object({
    /** The first signs. */
    keys: z
      .string()
      .transform((text) => text.split(","))
      .pipe(z.array(receiptKey).min(1).max(4)),
    /** How long the truth of a prediction may come. 0: no receipts, and no truth is taken. At most two years. */
    validHours: z.coerce.number().int().min(0).max(17_520),
  }),
  artifactBytesMax: z.coerce.number().int().positive(),
  log: z.object({ level: z.enum(LOG_LEVELS), sampleRate: z.coerce.number().min(0).max(1) }),
});

export type EdgeConfig = z.infer<typeof config>;

/** Throws with the variable's name when one is missing or wrong; the answer to callers is a plain 500. */
export function readConfig(env: Env): EdgeConfig {
  const parsed = config.safeParse({
    releasePublicKeys: env.RELEASE_PUBLIC_KEYS,
    edgeToken: env.EDGE_TOKEN,
    defaultModel: env.DEFAULT_MODEL,
    refreshIntervalMs: env.RELEASE_REFRESH_SECONDS,
    kvCacheTtlSeconds: env.KV_CACHE_TTL_SECONDS,
    metricsShards: env.METRICS_SHARDS,
    receipts: { keys: env.RECEIPT_KEY, validHours: env.RECEIPT_HOURS },
    artifactBytesMax: env.ARTIFACT_BYTES_MAX,
    log: { level: env.LOG_LEVEL, sampleRate: env.LOG_SAMPLE_RATE },
  });
  if (parsed.success) return parsed.data;
  const names = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(`the Worker's configuration is wrong: ${names.join("; ")}`);
}
