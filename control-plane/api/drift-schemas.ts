/** Bodies and answers of the drift routes, with the types derived from them; the rest of the API's are in schemas.ts. Schemas only. */
import { z } from "@hono/zod-openapi";
import { driftReport } from "../../contract/drift-report.ts";
import { modelName, sha256Hex, versionName } from "../../contract/names.ts";
import { PAGE_ROWS_MAX } from "./schemas.ts";

/** scheduled: a turn of the control plane's schedule; manual: asked for by a person; file: made by the drift job from files and sent here. */
export const DRIFT_ORIGINS = ["scheduled", "manual", "file"] as const;
/** drift: as many features as the report's rule asks for; some_features: fewer than those; not_enough_data: no feature had rows enough to be judged, which is neither drift nor its absence. */
export const DRIFT_VERDICTS = ["drift", "some_features", "no_drift", "not_enough_data"] as const;
/** As long as the registry keeps the windows. */
export const DRIFT_HOURS_MAX = 92 * 24;

const at = z.iso.datetime();
const wholeHour = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((time) => time.getTime() % 3_600_000 === 0, "must be a whole hour: windows are hours")
  .transform((time) => time.toISOString());
const region = z.string().regex(/^([A-Z]{3}|other)$/, "a region is a data centre's three capital letters, or other");
const reason = z.string().trim().min(1, "a reason is needed: it stays with the reference").max(1000);

export const driftReportPath = z.object({ id: z.coerce.number("a report's id is a whole number").int().positive() });
export const driftReportsQuery = z.object({
  model: modelName.optional(),
  origin: z.enum(DRIFT_ORIGINS).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_ROWS_MAX).default(20),
  before: z.coerce.number().int().positive().optional(),
});
export const liveDriftBody = z.strictObject({
  /** Whole hours up to `to`. */
  hours: z.int().min(1).max(DRIFT_HOURS_MAX),
  /** Default: the hour under way, up to now. */
  to: wholeHour.optional(),
  region: region.optional(),
  /** Default: the version in production. */
  version: versionName.optional(),
});
export const liveReferenceBody = z.union([
  z.strictObject({ from: wholeHour, to: wholeHour, region: region.optional(), version: versionName.optional(), reason }),
  /** Back to the reference in the manifest. */
  z.strictObject({ registered: z.literal(true), version: versionName.optional(), reason }),
]);
export const liveReferenceQuery = z.object({ version: versionName.optional() });
export const fileReportBody = z.strictObject({ report: driftReport });

export const driftReportSummary = z.object({
  id: z.int(),
  model: modelName,
  version: versionName.nullable(),
  origin: z.enum(DRIFT_ORIGINS),
  verdict: z.enum(DRIFT_VERDICTS),
  windowFrom: at.nullable(),
  windowTo: at.nullable(),
  region: region.nullable(),
  /** The turn of the schedule that it is. */
  scheduledFor: at.nullable(),
  referenceRows: z.int(),
  currentRows: z.int(),
  createdAt: at,
  createdBy: z.string(),
});
export const driftReportAnswer = driftReportSummary.extend({ report: driftReport });
export const driftReportsAnswer = z.object({ reports: z.array(driftReportSummary), next: z.int().nullable() });
export const liveReferenceAnswer = z.object({
  model: modelName,
  version: versionName,
  manifestSha256: sha256Hex,
  /** registered: the manifest's own. live: counts of a window of live traffic over the same bins. */
  source: z.enum(["registered", "live"]),
  rows: z.int(),
  windowFrom: at.nullable(),
  windowTo: at.nullable(),
  region: region.nullable(),
  reason: z.string().nullable(),
  createdAt: at.nullable(),
  createdBy: z.string().nullable(),
});

export type DriftOrigin = (typeof DRIFT_ORIGINS)[number];
export type DriftVerdict = (typeof DRIFT_VERDICTS)[number];
export type DriftReportsQuery = z.infer<typeof driftReportsQuery>;
export type LiveDriftBody = z.infer<typeof liveDriftBody>;
export type LiveReferenceBody = z.infer<typeof liveReferenceBody>;
export type DriftReportSummary = z.infer<typeof driftReportSummary>;
export type DriftReportAnswer = z.infer<typeof driftReportAnswer>;
export type DriftReportsAnswer = z.infer<typeof driftReportsAnswer>;
export type LiveReferenceAnswer = z.infer<typeof liveReferenceAnswer>;
