/** What a gate finds, and the verdict that comes of it under a policy. Schemas and types only; each gate is a file of its own beside this one. */
import { z } from "@hono/zod-openapi";

/** In the order in which they are shown: from what costs nothing to know to what needs a person. */
export const GATES = ["fit", "quality", "fairness", "drift", "latency", "sign_off"] as const;
export const OUTCOMES = ["pass", "fail", "inconclusive"] as const;
/** `off`: not asked. `warn`: asked and shown. `block`: nothing promotes unless it passes. */
export const LEVELS = ["off", "warn", "block"] as const;

/** JSON has no NaN: what is not a finite number is a reason, never a value. */
export const numbers = z.record(z.string(), z.union([z.number(), z.string(), z.null()]));

export const finding = z.strictObject({
  outcome: z.enum(OUTCOMES),
  /** Stable code; the sentence is for people and may change. */
  reason: z.string(),
  sentence: z.string(),
  numbers,
});

export const verdict = finding.extend({ gate: z.enum(GATES), level: z.enum(["warn", "block"]) });

export type Gate = (typeof GATES)[number];
export type GateLevel = (typeof LEVELS)[number];
export type Numbers = z.infer<typeof numbers>;
export type Finding = z.infer<typeof finding>;
export type Verdict = z.infer<typeof verdict>;

export const pass = (reason: string, sentence: string, numbers: Numbers = {}): Finding => ({
  outcome: "pass",
  reason,
  sentence,
  numbers,
});
export const failed = (reason: string, sentence: string, numbers: Numbers = {}): Finding => ({
  outcome: "fail",
  reason,
  sentence,
  numbers,
});
export const inconclusive = (reason: string, sentence: string, numbers: Numbers = {}): Finding => ({
  outcome: "inconclusive",
  reason,
  sentence,
  numbers,
});
