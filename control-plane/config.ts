/**
 * The control plane's configuration: environment variables, read once into a typed object. A wrong one is named with what is wrong and what
 * is allowed; the value of a secret is never shown. Nothing else reads process.env.
 */
import { join } from "node:path";
import { z } from "zod";
import { driftRule, type DriftRule } from "../contract/drift-rule.ts";
import { ARTIFACT_BYTES_MAX_DEFAULT } from "../contract/limits.ts";
import { modelName } from "../contract/names.ts";
import { fail, succeed, type Result } from "../contract/result.ts";
import type { ServerPolicy } from "./retraining/server-policy.ts";
import { LIVE_DRIFT_RULE } from "./drift/live-rule.ts";
import { cronProblem, type DriftSchedule } from "./drift/schedule.ts";
import type { SlaTargets } from "./sla/targets.ts";

const httpUrl = z
  .url({ protocol: /^https?$/, error: "must be an http:// or https:// URL" })
  .transform((url) => url.replace(/\/+$/, ""));
const text = z.string().trim().min(1);
const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number(error).int(error).min(min, error).max(max, error);
};

const share = (below: number) => {
  const error = `must be a number above 0 and below ${below}`;
  return z.coerce.number(error).gt(0, error).lt(below, error);
};
/** `pm25_predictor=40,other=55`. */
const limitByModel = text.transform((list, context) => {
  const limits = list.split(",").map((pair): [string, number] => {
    const [model = "", limit = ""] = pair.split("=").map((part) => part.trim());
    return [model, limit === "" ? Number.NaN : Number(limit)];
  });
  if (limits.every(([model, limit]) => modelName.safeParse(model).success && limit > 0 && Number.isFinite(limit))) {
    return new Map(limits);
  }
  context.addIssue({ code: "custom", message: "must be model=limit pairs, separated by commas, each limit a number above 0" });
  return z.NEVER;
});

const commaList = text.transform((list) => list.split(",").flatMap((item) => (item.trim() === "" ? [] : [item.trim()])));
/** What is not given keeps the default of live drift. */
const driftRuleText = text.transform((json, context) => {
  try {
    const parsed = driftRule.safeParse({ ...LIVE_DRIFT_RULE, ...(JSON.parse(json) as object) });
    if (parsed.success) return parsed.data;
    context.addIssue({ code: "custom", message: `must hold options of the drift rule: ${z.prettifyError(parsed.error)}` });
  } catch {
    context.addIssue({ code: "custom", message: 'must be a JSON object, e.g. {"psiSignificant":0.25}' });
  }
  return z.NEVER;
});

const CLOUDFLARE_API = "https://api.cloudflare.com/client/v4";
const LOCAL_API = "http://127.0.0.1:8787/cdn-cgi/explorer/api";

/** URLs of a database may carry credentials, so they count. */
const SECRETS: ReadonlySet<string> = new Set([
  "LIBSQL_URL",
  "LIBSQL_AUTH_TOKEN",
  "EDGE_TOKEN",
  "METRICS_TOKEN",
  "CLOUDFLARE_API_TOKEN",
  "RELEASE_PRIVATE_KEY",
]);

const environment = z.object({
  LIBSQL_URL: z
    .string()
    .regex(/^(file:.|libsql:\/\/.|https?:\/\/.)/, "must be a file:, libsql://, https:// or http:// URL")
    .default("file:.edgewise/registry.db"),
  LIBSQL_AUTH_TOKEN: text.optional(),
  EDGE_URL: httpUrl.default("http://127.0.0.1:8787"),
  EDGE_TOKEN: text.min(16, "must have at least 16 characters").optional(),
  METRICS_TOKEN: text.min(16, "must have at least 16 characters").optional(),
  CLOUDFLARE_ACCOUNT_ID: text.regex(/^[0-9a-f]{32}$/, "must be 32 hex digits").optional(),
  CLOUDFLARE_API_TOKEN: text.optional(),
  CLOUDFLARE_API_BASE_URL: httpUrl.default(CLOUDFLARE_API),
  CLOUDFLARE_KV_NAMESPACE_ID: text
    .regex(/^[\w-]{1,64}$/, "must be the namespace's id: letters, digits, _ and -")
    .default("releases"),
  CLOUDFLARE_R2_BUCKET: text
    .regex(/^[a-z0-9][a-z0-9-]{1,62}$/, "must be a bucket's name: 2 to 63 of a-z, 0-9 and -")
    .default("edgewise-models"),
  RELEASE_PRIVATE_KEY: z.base64({ error: "must be the base64 of an Ed25519 private key in PKCS#8 DER" }).min(1).optional(),
  EDGEWISE_DIRECTORY: text.default(".edgewise"),
  HOST: text.default("127.0.0.1"),
  PORT: whole(0, 65_535).default(8080),
  /** Comma-separated host names that a Host header may have. Default: any, or the loopback names when HOST is a loopback address. */
  ALLOWED_HOSTS: text.transform((list) => list.split(",").map((host) => host.trim().toLowerCase())).optional(),
  ARTIFACT_BYTES_MAX: whole(1, 1024 ** 3).default(ARTIFACT_BYTES_MAX_DEFAULT),
  PUBLISH_WAIT_MS: whole(0, 600_000).default(10_000),
  /** Between two looks at rollouts and at promotions that are being watched. */
  ROLLOUT_ANALYSIS_SECONDS: whole(1, 3600).default(10),
  /** Where closing an incident writes the post-mortem's draft. */
  INCIDENTS_DIRECTORY: text.default("docs/incidents"),
  /** How far back an incident's timeline reaches. */
  INCIDENT_TIMELINE_HOURS: whole(0, 720).default(6),
  SLA_UPTIME_PERCENT: share(100).default(99.5),
  SLA_P95_MS: share(3_600_000).default(100),
  SLA_ERROR_PERCENT: share(100).default(1),
  SLA_RMSE: share(Number.MAX_VALUE).default(55),
  /** For the models that need another limit than SLA_RMSE. */
  SLA_RMSE_BY_MODEL: limitByModel.optional(),
  SLA_DRIFT_CHECK_HOURS: whole(1, 720).default(24),
  /** Share of a span that must have been watched before anything is said to be met. */
  SLA_COVERAGE_PERCENT: share(100).default(95),
  /** Whether commands that a retraining configuration names are run. */
  RETRAIN_COMMANDS: z.enum(["off", "allow"], "must be off or allow").default("off"),
  /** Names of variables of this environment that such commands may be given. */
  RETRAIN_ENVIRONMENT: commaList
    .refine((names) => !names.some((name) => SECRETS.has(name)), "must not name a secret of the control plane itself")
    .default([]),
  /** Directories, separated by commas, below which a retraining configuration may name files. */
  RETRAIN_DATA_DIRECTORIES: commaList.optional(),
  /** How often triggers are evaluated. */
  RETRAIN_TRIGGER_SECONDS: whole(1, 86_400).default(60),
  /** Public halves of earlier release keys, which the older entries of the audit log are signed with. */
  AUDIT_PUBLIC_KEYS: text
    .regex(/^[A-Za-z0-9+/]{43}=(,[A-Za-z0-9+/]{43}=)*$/, "must be base64 of 32 bytes, several separated by commas")
    .optional(),
  /** For local use: webhooks may go to this machine's own addresses, and by http. */
  WEBHOOK_ALLOW_LOOPBACK: z.enum(["true", "false"], { error: 'must be "true" or "false"' }).default("false"),
  /** When the control plane looks for drift: five cron fields, UTC. */
  DRIFT_SCHEDULE: text
    .superRefine((cron, context) => {
      const message = cronProblem(cron);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .default("10 0 * * *"),
  /** How far back each turn looks. */
  DRIFT_WINDOW_HOURS: whole(1, 31 * 24).default(24),
  /** JSON with the options of contract/drift-rule.ts that are to differ from its defaults. */
  DRIFT_RULE: driftRuleText.default(LIVE_DRIFT_RULE),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  LOG_FORMAT: z.enum(["pretty", "json"]).optional(),
});

export interface Config {
  registry: { url: string; authToken: string | undefined };
  edge: { url: string; token: string | undefined };
  /** Undefined: /metrics is open to whoever reaches it. */
  metricsToken: string | undefined;
  storage: {
    baseUrl: string;
    accountId: string | undefined;
    apiToken: string | undefined;
    kvNamespaceId: string;
    r2Bucket: string;
  };
  releasePrivateKey: string | undefined;
  auditPublicKeys: string[];
  isWebhookLoopbackAllowed: boolean;
  directory: string;
  listen: { host: string; port: number; allowedHosts: string[] | undefined };
  artifactBytesMax: number;
  publishWaitMs: number;
  rolloutAnalysisMs: number;
  incidents: { directory: string; timelineHours: number };
  slaTargets: SlaTargets;
  retraining: { policy: ServerPolicy; triggerEverySeconds: number };
  drift: { schedule: DriftSchedule; rule: DriftRule };
  log: { level: string; format: "pretty" | "json" };
}

/** One line per wrong variable. */
export interface ConfigFailure {
  problems: string[];
}

/** `isTerminal` decides the log's form when LOG_FORMAT does not. An empty variable counts as not set. */
export function readConfig(variables: Record<string, string | undefined>, isTerminal: boolean): Result<Config, ConfigFailure> {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value.trim() !== ""));
  const parsed = environment.safeParse(given);
  if (!parsed.success) return fail({ problems: parsed.error.issues.map((issue) => problemOf(issue, given)) });
  const env = parsed.data;
  if (env.CLOUDFLARE_API_BASE_URL === CLOUDFLARE_API) {
    const missing = (["CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"] as const).filter((name) => env[name] === undefined);
    if (missing.length > 0) return fail({ problems: missing.map(neededForCloudflare) });
  }
  return succeed({
    registry: { url: env.LIBSQL_URL, authToken: env.LIBSQL_AUTH_TOKEN },
    edge: { url: env.EDGE_URL, token: env.EDGE_TOKEN },
    metricsToken: env.METRICS_TOKEN,
    storage: {
      baseUrl: env.CLOUDFLARE_API_BASE_URL,
      accountId: env.CLOUDFLARE_ACCOUNT_ID,
      apiToken: env.CLOUDFLARE_API_TOKEN,
      kvNamespaceId: env.CLOUDFLARE_KV_NAMESPACE_ID,
      r2Bucket: env.CLOUDFLARE_R2_BUCKET,
    },
    releasePrivateKey: env.RELEASE_PRIVATE_KEY,
    auditPublicKeys: env.AUDIT_PUBLIC_KEYS?.split(",") ?? [],
    isWebhookLoopbackAllowed: env.WEBHOOK_ALLOW_LOOPBACK === "true",
    directory: env.EDGEWISE_DIRECTORY,
    listen: {
      host: env.HOST,
      port: env.PORT,
      allowedHosts: env.ALLOWED_HOSTS ?? (isLoopback(env.HOST) ? LOOPBACK_HOSTS : undefined),
    },
    artifactBytesMax: env.ARTIFACT_BYTES_MAX,
    publishWaitMs: env.PUBLISH_WAIT_MS,
    rolloutAnalysisMs: env.ROLLOUT_ANALYSIS_SECONDS * 1000,
    incidents: { directory: env.INCIDENTS_DIRECTORY, timelineHours: env.INCIDENT_TIMELINE_HOURS },
    slaTargets: {
      uptimeRatio: env.SLA_UPTIME_PERCENT / 100,
      p95Seconds: env.SLA_P95_MS / 1000,
      errorRatio: env.SLA_ERROR_PERCENT / 100,
      rmse: env.SLA_RMSE,
      rmseByModel: env.SLA_RMSE_BY_MODEL ?? new Map(),
      driftCheckHours: env.SLA_DRIFT_CHECK_HOURS,
      coverageRatioMin: env.SLA_COVERAGE_PERCENT / 100,
    },
    retraining: {
      policy: {
        areCommandsAllowed: env.RETRAIN_COMMANDS === "allow",
        variables: new Map(env.RETRAIN_ENVIRONMENT.flatMap((name) => pairOf(name, variables[name]))),
        dataDirectories: env.RETRAIN_DATA_DIRECTORIES ?? [join(env.EDGEWISE_DIRECTORY, "data")],
      },
      triggerEverySeconds: env.RETRAIN_TRIGGER_SECONDS,
    },
    drift: {
      schedule: { cron: env.DRIFT_SCHEDULE, windowHours: env.DRIFT_WINDOW_HOURS },
      rule: env.DRIFT_RULE,
    },
    log: { level: env.LOG_LEVEL, format: env.LOG_FORMAT ?? (isTerminal ? "pretty" : "json") },
  });
}

// --- Not exported ---

const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

const pairOf = (name: string, value: string | undefined): [string, string][] => (value === undefined ? [] : [[name, value]]);

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.");

function problemOf({ path, message }: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const name = String(path[0]);
  const value = given[name];
  const held = SECRETS.has(name) ? "what it holds is not shown here" : `it holds ${JSON.stringify(value)}`;
  return `${name}: ${message} (${held})`;
}

const neededForCloudflare = (name: string): string =>
  `${name} is not set: ${CLOUDFLARE_API} needs it; for a local edge set CLOUDFLARE_API_BASE_URL to ${LOCAL_API} instead`;
