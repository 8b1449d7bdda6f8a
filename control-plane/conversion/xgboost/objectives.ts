/**
 * XGBoost's objectives: from the stored base score to what the trees add to (the link), and from their sum to the prediction (the transform), in
 * XGBoost's float32. An objective that is not here is refused by its name.
 * Source: `ProbToMargin` and `PredTransform` in XGBoost's src/objective, versions 1.7.4 and 3.4.1.
 */
import type { Transform } from "../../onnx/transform.ts";

export type Link = "identity" | "logit" | "log";

export interface Objective {
  link: Link;
  transform: Transform;
}

const PLAIN: Objective = { link: "identity", transform: "identity" };
const LOGISTIC: Objective = { link: "logit", transform: "sigmoid" };
const POSITIVE: Objective = { link: "log", transform: "exp" };

export const OBJECTIVES: ReadonlyMap<string, Objective> = new Map([
  ["reg:squarederror", PLAIN],
  ["reg:linear", PLAIN],
  ["reg:squaredlogerror", PLAIN],
  ["reg:pseudohubererror", PLAIN],
  ["reg:absoluteerror", PLAIN],
  ["rank:pairwise", PLAIN],
  ["rank:ndcg", PLAIN],
  ["rank:map", PLAIN],
  ["reg:logistic", LOGISTIC],
  ["binary:logistic", LOGISTIC],
  ["binary:logitraw", PLAIN],
  ["binary:hinge", { link: "identity", transform: "step" }],
  ["count:poisson", POSITIVE],
  ["reg:gamma", POSITIVE],
  ["reg:tweedie", POSITIVE],
  ["survival:cox", POSITIVE],
  ["survival:aft", POSITIVE],
  ["multi:softprob", { link: "identity", transform: "softmax" }],
  ["multi:softmax", { link: "identity", transform: "argmax" }],
]);

/** What the trees add to; not finite when the base score is outside of what the link takes. */
export function margin(link: Link, baseScore: number): number {
  const { fround, log } = Math;
  if (link === "identity") return baseScore;
  if (link === "log") return fround(log(baseScore));
  return fround(-log(fround(fround(1 / baseScore) - 1)));
}
