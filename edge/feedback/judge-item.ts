/** One item of a /feedback against its receipt: a claim for a ledger, or why not. Pure; counting once is the ledger's business. */
import { describe } from "../../contract/instances.ts";
import { SCORED_MAX } from "../../contract/quality-sums.ts";
import type { ReceiptKey } from "../../contract/receipt-key.ts";
import { expiresMs, readReceipt, type Receipt } from "../../contract/receipt.ts";
import { trueClass } from "../../contract/scored-output.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { FeedbackOutcome } from "./outcomes.ts";
import type { Claim } from "./quality-ledger.ts";

export interface Refusal {
  outcome: Exclude<FeedbackOutcome, "counted">;
  detail?: string;
  /** The receipt is ours, and its model is not among those known: they may have been listed too long ago. */
  isModelUnknown?: boolean;
}

/** `model` is set as soon as the receipt is known to be ours, and one of ours. */
export type Judged =
  { state: "claim"; model: string; claim: Claim } | { state: "refused"; model: string | undefined; refusal: Refusal };

export interface JudgeTerms {
  keys: readonly ReceiptKey[];
  /** Names of the models that are here, by `modelReference`; undefined: they cannot be told just now. */
  models: ReadonlyMap<number, string> | undefined;
  nowMs: number;
}

export function judgeItem(item: unknown, { keys, models, nowMs }: JudgeTerms): Judged {
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    return refused("malformed", `an object with "prediction_id" and "actual" is needed, got ${describe(item)}`);
  }
  const { prediction_id: text, actual, ...rest } = item as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return refused("malformed", `${JSON.stringify(unknown.slice(0, 60))} beside it is not known here`);
  if (typeof text !== "string") return refused("malformed", `a text is needed, got ${describe(text)}`);
  const read = readReceipt(text, keys);
  if (!read.ok) return refused(read.failure.reason, "detail" in read.failure ? read.failure.detail : undefined);
  const receipt = read.value;
  const model = models?.get(receipt.model);
  if (model === undefined) return ofUnknownModel(models === undefined);
  if (!(nowMs < expiresMs(receipt))) return refused("expired", undefined, model);
  const scored = scoreOf(receipt, actual);
  if (!scored.ok) return refused("actual_invalid", scored.failure, model);
  const claim: Claim = {
    id: receipt.id,
    model,
    version: `v${receipt.versionNumber}`,
    group: receipt.group,
    issuedSeconds: receipt.issuedSeconds,
    expiresSeconds: expiresMs(receipt) / 1000,
    scored: scored.value,
  };
  return { state: "claim", model, claim };
}

// --- Not exported ---

const ofUnknownModel = (areNoneKnown: boolean): Judged => ({
  state: "refused",
  model: undefined,
  refusal: areNoneKnown
    ? { outcome: "unavailable", isModelUnknown: true }
    : { outcome: "foreign", detail: "its model is not here", isModelUnknown: true },
});

const refused = (outcome: Refusal["outcome"], detail?: string, model?: string): Judged => ({
  state: "refused",
  model,
  refusal: { outcome, ...(detail !== undefined && { detail }) },
});

function scoreOf({ prediction }: Receipt, actual: unknown): Result<Claim["scored"], string> {
  if (prediction.form === "value") {
    const isScorable = typeof actual === "number" && Math.abs(actual) <= SCORED_MAX;
    if (!isScorable) return fail(`takes a number of at most ${SCORED_MAX}, got ${describe(actual)}`);
    if (!(Math.abs(prediction.value) <= SCORED_MAX)) return fail(`cannot be scored: the prediction is over ${SCORED_MAX}`);
    return succeed({ form: "value", predicted: prediction.value, actual });
  }
  const isName = typeof actual === "string" || typeof actual === "number" || typeof actual === "boolean";
  const place = isName ? trueClass(String(actual), prediction) : undefined;
  if (place === undefined) return fail(`takes the name of one of the model's classes, got ${describe(actual)}`);
  return succeed({ form: "class", probabilities: prediction.probabilities, actual: place });
}
