/** The query and the answer of the SLA route, with the types derived from them. Schemas only. */
import { z } from "@hono/zod-openapi";
import { modelName } from "../../contract/names.ts";
import { parseSpanMs, SPAN_DAYS_MAX } from "../sla/span.ts";

export const OBJECTIVES = ["uptime", "latency_p95", "error_rate", "model_rmse", "drift_checked"] as const;
export const COMPLIANCES = ["met", "missed", "not_enough_data", "no_data"] as const;
export const SPAN_DEFAULT = "30d";

const at = z.iso.datetime();

export const spanText = z
  .string()
  .refine((text) => parseSpanMs(text) !== undefined, `a span is a number of m, h or d, e.g. 7d, up to ${SPAN_DAYS_MAX}d`);

export const slaQuery = z.object({
  /** Default: every model has its rows. */
  model: modelName.optional(),
  span: spanText.default(SPAN_DEFAULT),
});

export const objective = z.object({
  objective: z.enum(OBJECTIVES),
  model: modelName.nullable(),
  /** Uptime and error rate as a ratio, latency in seconds, drift_checked in hours between two checks. */
  target: z.number(),
  comparison: z.enum(["at_least", "at_most", "below"]),
  current: z.number().nullable(),
  /** `current` is a lower bound. */
  isAtLeast: z.boolean(),
  compliance: z.enum(COMPLIANCES),
  /** Of the known time or requests: 1 is all of it, 0 none, below 0 overspent. */
  budgetLeft: z.number().nullable(),
});

export const slaAnswer = z.object({
  from: at,
  to: at,
  /** The first minute in the span of which anything is known. */
  dataFrom: at.nullable(),
  /** Share of the span that was watched. The rest is unknown: neither up nor down. */
  coverage: z.number(),
  /** What it takes for a target to be met. */
  coverageMin: z.number(),
  unknownSeconds: z.number(),
  downSeconds: z.number(),
  requests: z.int(),
  errors: z.int(),
  scrapesSeen: z.int(),
  scrapesMissed: z.int(),
  objectives: z.array(objective),
});

export type Objective = z.infer<typeof objective>;
export type SlaAnswer = z.infer<typeof slaAnswer>;
