/** Which prediction is favourable, as a sentence. Pure. */
import type { Favourable } from "./spec.ts";

export const favourableSentence = (rule: Favourable): string =>
  rule.kind === "label"
    ? `${rule.label} is predicted`
    : `the prediction is ${rule.direction === "at_least" ? "≥" : "≤"} ${rule.threshold}`;
