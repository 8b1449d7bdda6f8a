/**
 * Every body and answer of the control plane's HTTP API, and the TypeScript types derived from them. The CLI and the routes share this
 * file, /openapi.json is made from it. Schemas only: which route takes which, and who may call it, is in routes and route-roles.ts.
 */
import { z } from "@hono/zod-openapi";
import { driftReference } from "../../contract/drift-reference.ts";
import { ERROR_CODES, type ErrorCode } from "../../contract/error-codes.ts";
import { GOLDEN_ROWS_MAX, REFERENCE_SAMPLE_ROWS_MAX } from "../../contract/limits.ts";
import { ENGINES, manifestGroups, manifestInput, manifestOutput } from "../../contract/manifest.ts";
import { modelName, sha256Hex, versionName } from "../../contract/names.ts";
import { release } from "../../contract/release.ts";

export const STAGES = ["development", "staging", "production", "archived"] as const;
/** From least to most: each role may do all that the ones before it may. */
export const ROLES = ["viewer", "operator", "approver", "admin"] as const;
export const ACTS = ["register", "move", "promote", "rollback"] as const;
export const PAGE_ROWS_MAX = 200;
const PAGE_ROWS_DEFAULT = 50;

export const stage = z.enum(STAGES);
export const role = z.enum(ROLES);
export const act = z.enum(ACTS);

const at = z.iso.datetime();
const reason = z.string().trim().min(1, "a reason is needed: it goes into the history").max(1000);
const description = z.string().max(4000);
export const tagKey = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "a tag key is 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-', starting with a letter or digit",
  );
const tagValue = z.string().max(256);
const tags = z.record(tagKey, tagValue);
/** z.number() refuses NaN and the infinities. */
const metricName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._@/-]{0,63}$/,
    "a metric's name is 1 to 64 of A-Z, a-z, 0-9 and . _ @ / -, starting with a letter or digit",
  );
const metrics = z.record(metricName, z.number());
const limit = z.coerce.number().int().min(1).max(PAGE_ROWS_MAX).default(PAGE_ROWS_DEFAULT);
const before = z.coerce.number().int().positive().optional();

// --- Paths and queries ---

export const modelPath = z.object({ model: modelName });
export const versionPath = z.object({ model: modelName, version: versionName });
export const tagPath = z.object({ model: modelName, version: versionName, key: tagKey });
export const tokenPath = z.object({ id: z.string().regex(/^[a-z0-9]{12}$/, "a token id is 12 of a-z and 0-9") });

export const versionsQuery = z.object({
  stage: stage.optional(),
  /** `key` (has the tag) or `key=value`. */
  tag: z.string().min(1).max(400).optional(),
  limit,
  /** The `next` of the page before: only older versions than this one. */
  before: versionName.optional(),
});
export const historyQuery = z.object({ at: z.iso.datetime({ offset: true }).optional(), limit, before });
export const auditQuery = z.object({ limit, before });

// --- Bodies ---

/** The `metadata` part of a registration, as JSON. The other part, `artifact`, is the model file: ONNX, or XGBoost's own. */
export const registrationMetadata = z.strictObject({
  description: description.optional(),
  tags: tags.optional(),
  /** Metrics that the trainer measured, e.g. `{"rmse": 21.324}`. */
  metrics: metrics.optional(),
  /** The digest that the upload must have. */
  sha256: sha256Hex.optional(),
  inputs: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(256),
        features: z.array(z.string().min(1).max(256)).min(1).optional(),
        missing: z.enum(["nan", "refused"]).optional(),
      }),
    )
    .max(64)
    .optional(),
  /** Rows to record as golden rows, in the form of /predict's `instances`. */
  examples: z.array(z.unknown()).min(1).max(GOLDEN_ROWS_MAX).optional(),
  /** What the trainer's own library gave for `examples`, one entry per row. */
  expected: z.array(z.unknown()).min(1).max(GOLDEN_ROWS_MAX).optional(),
  tolerance: z.strictObject({ absolute: z.number().min(0), relative: z.number().min(0) }).optional(),
  /** Groups that callers may say a row belongs to, for fairness: `{"names": ["a", "b"], "privileged": "a", "favourable": {"atMost": 35}}`. */
  groups: manifestGroups.optional(),
  /** The training distribution that live traffic will be compared with: figures made from it, and rows for the model to predict. */
  reference: z
    .strictObject({
      ...driftReference.pick({ rows: true, source: true, features: true, prediction: true }).shape,
      /** Default: the prediction and every feature. */
      keyFeatures: driftReference.shape.keyFeatures.optional(),
      /** Rows of the training set, in the form of /predict's `instances`: what the model predicts for them takes the place of `prediction`. */
      sample: z.array(z.unknown()).max(REFERENCE_SAMPLE_ROWS_MAX).optional(),
    })
    .optional(),
  stage: z.enum(["development", "staging"]).optional(),
});

export const descriptionBody = z.strictObject({ description });
export const tagBody = z.strictObject({ value: tagValue });
export const metricsBody = z.strictObject({ metrics });
export const promoteBody = z.strictObject({
  stage,
  reason,
  /** Refused with `release_changed` unless this generation is current (0: no release yet). Default: the one current on arrival. */
  expectedGeneration: z.int().min(0).optional(),
});
export const rollbackBody = z.strictObject({
  /** Default: the production version before the current one. */
  to: versionName.optional(),
  reason,
});
export const tokenBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role,
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

// --- Answers ---

export const actor = z.object({ tokenId: z.string(), name: z.string() });

export const modelAnswer = z.object({
  name: modelName,
  createdAt: at,
  versions: z.int(),
  latest: versionName,
  production: versionName.nullable(),
  staging: z.array(versionName),
  /** Of the newest release, published or not; 0 before the first. */
  generation: z.int().min(0),
});
export const modelsAnswer = z.object({ models: z.array(modelAnswer) });

export const versionAnswer = z.object({
  model: modelName,
  version: versionName,
  stage,
  description: z.string(),
  tags,
  metrics,
  createdAt: at,
  createdBy: actor,
  /** What the edge serves. */
  artifact: z.object({ sha256: sha256Hex, bytes: z.int() }),
  /** What was sent; differs from `artifact` when `inspection.rewrites` is not empty. */
  uploaded: z.object({ sha256: sha256Hex, bytes: z.int() }),
  manifest: z.object({ sha256: sha256Hex }),
  inputs: z.array(manifestInput),
  outputs: z.array(manifestOutput),
  inspection: z.object({
    rewrites: z.array(z.string()),
    irVersion: z.int(),
    producer: z.string(),
    opsets: z.record(z.string(), z.int()),
    operators: z.record(z.string(), z.int()),
    /** What the edge runs it with, and why. Absent: registered before there was a choice, onnxruntime. */
    engine: z.object({ name: z.enum(ENGINES), why: z.string() }).optional(),
    sessionCreateMs: z.number(),
    limitRunMs: z.number(),
    wasmMemoryBytes: z.object({ loaded: z.number(), atLimits: z.number() }),
  }),
});
export const versionsAnswer = z.object({ versions: z.array(versionAnswer), next: versionName.nullable() });

export const publication = z.object({
  /** KV key that is written, or deleted. */
  key: z.string(),
  state: z.enum(["pending", "published", "superseded"]),
  attempts: z.int(),
  lastError: z.string().nullable(),
  publishedAt: at.nullable(),
});

/** Of a promote, a rollback or any other stage move. */
export const moveAnswer = z.object({
  model: modelName,
  version: versionName,
  act,
  from: stage,
  to: stage,
  reason: z.string(),
  at,
  actor,
  /** The production version that this act archived. */
  replaced: versionName.nullable(),
  /** The new release's, when the act made one. */
  generation: z.int().nullable(),
  /** True when there is nothing (left) to publish: the edge's storage says what the registry says. */
  published: z.boolean(),
  publication: publication.nullable(),
});

export const move = z.object({
  id: z.int(),
  version: versionName,
  from: stage.nullable(),
  to: stage,
  act,
  reason: z.string(),
  at,
  actor,
  generation: z.int().nullable(),
  /** The gate run that let it into production; null where no gate was asked: other moves, and every rollback. */
  gateRun: z.int().nullable(),
});
export const historyAnswer = z.object({
  model: modelName,
  /** Newest first; with `at`, only moves up to then. */
  moves: z.array(move),
  next: z.int().nullable(),
  /** With `at`: what was production then, and the move that made it so. */
  productionAt: z.object({ at, version: versionName.nullable(), move: move.nullable() }).nullable(),
});

export const releaseAnswer = z.object({ model: modelName, release: release.nullable(), publication: publication.nullable() });

export const tokenAnswer = z.object({
  id: z.string(),
  name: z.string(),
  role,
  createdAt: at,
  createdBy: z.string(),
  expiresAt: at.nullable(),
  lastUsedAt: at.nullable(),
  revokedAt: at.nullable(),
});
export const tokensAnswer = z.object({ tokens: z.array(tokenAnswer) });
/** `token` is shown this once and stored only as a digest. */
export const tokenCreatedAnswer = tokenAnswer.extend({ token: z.string() });

export const auditEntry = z.object({
  id: z.int(),
  at,
  actor,
  act: z.string(),
  model: modelName.nullable(),
  version: versionName.nullable(),
  reason: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
  requestId: z.string(),
});
export const auditAnswer = z.object({ entries: z.array(auditEntry), next: z.int().nullable() });

export const healthAnswer = z.object({
  status: z.enum(["ok", "degraded"]),
  timestamp: at,
  registry: z.enum(["ok", "busy", "unavailable"]),
  /** Outbox rows not yet at the edge's storage, and the newest reason. */
  publications: z.object({ pending: z.int(), lastError: z.string().nullable() }),
});
export const liveAnswer = z.object({ status: z.literal("ok") });

export const errorAnswer = z.object({
  error: z.string(),
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  request_id: z.string(),
  details: z.unknown().optional(),
});

export type Stage = z.infer<typeof stage>;
export type Role = z.infer<typeof role>;
export type Act = z.infer<typeof act>;
export type Actor = z.infer<typeof actor>;
export type RegistrationMetadata = z.infer<typeof registrationMetadata>;
export type VersionsQuery = z.infer<typeof versionsQuery>;
export type ModelAnswer = z.infer<typeof modelAnswer>;
export type ModelsAnswer = z.infer<typeof modelsAnswer>;
export type VersionAnswer = z.infer<typeof versionAnswer>;
export type VersionsAnswer = z.infer<typeof versionsAnswer>;
export type Publication = z.infer<typeof publication>;
export type MoveAnswer = z.infer<typeof moveAnswer>;
export type Move = z.infer<typeof move>;
export type HistoryAnswer = z.infer<typeof historyAnswer>;
export type ReleaseAnswer = z.infer<typeof releaseAnswer>;
export type TokenAnswer = z.infer<typeof tokenAnswer>;
export type TokensAnswer = z.infer<typeof tokensAnswer>;
export type TokenCreatedAnswer = z.infer<typeof tokenCreatedAnswer>;
export type AuditAnswer = z.infer<typeof auditAnswer>;
export type HealthAnswer = z.infer<typeof healthAnswer>;
