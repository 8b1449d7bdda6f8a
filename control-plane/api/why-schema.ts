/** Why a version exists, as one answer: the run that made it, what people and gates decided, its moves and releases. Schema and type only. */
import { z } from "@hono/zod-openapi";
import { verdict } from "../gates/verdict.ts";
import { runAnswer } from "./retrain-schemas.ts";
import { act, stage, versionAnswer } from "./schemas.ts";

const at = z.iso.datetime();

export const whyAnswer = z.object({
  version: versionAnswer,
  /** Null: a person registered it. */
  run: runAnswer.nullable(),
  signOffs: z.array(z.object({ at, note: z.string(), by: z.string() })),
  /** The newest ones, oldest first. */
  gateRuns: z.array(
    z.object({
      id: z.int(),
      at,
      act: z.enum(["run", "promotion"]),
      outcome: z.string(),
      verdicts: z.array(verdict.pick({ gate: true, outcome: true, sentence: true })),
    }),
  ),
  /** Oldest first; those with a generation made a release. */
  moves: z.array(
    z.object({
      at,
      from: stage.nullable(),
      to: stage,
      act,
      reason: z.string(),
      by: z.string(),
      generation: z.int().nullable(),
    }),
  ),
});

export type WhyAnswer = z.infer<typeof whyAnswer>;
