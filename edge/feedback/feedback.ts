/**
 * POST /feedback: body → JSON → per item: receipt, signature, model, expiry, truth → the ledgers → outcomes. One bad item spoils no other: each has an
 * outcome of its own. What a receipt is is contract/receipt.ts; once-counting is the ledger's (quality-ledger.ts).
 */
import { FEEDBACK_ITEMS_MAX } from "../../contract/limits.ts";
import { QUALITY_LEDGERS } from "../../contract/quality-ledger.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Env } from "../env.ts";
import { readText } from "../http/body.ts";
import { parseJson } from "../http/json.ts";
import type { Problem } from "../http/problem.ts";
import type { Isolate } from "../isolate.ts";
import { judgeItem, type Judged, type Refusal } from "./judge-item.ts";
import { ledgerName } from "./ledger-name.ts";
import type { Claim, ClaimOutcome } from "./quality-ledger.ts";
import { outcomeSentence, type FeedbackOutcome } from "./outcomes.ts";

/** A ledger that has not answered by then has an unknown fate: sending the same truth again is safe. */
const LEDGER_ANSWER_MS = 10_000;

export interface FeedbackAnswer {
  received: number;
  counted: number;
  /** Items by outcome; outcomes that no item had are left out. */
  outcomes: Partial<Record<FeedbackOutcome, number>>;
  /** Items that were not counted, by their place in the list. */
  refused: { index: number; outcome: FeedbackOutcome; error: string }[];
}

export async function takeFeedback(request: Request, isolate: Isolate, env: Env): Promise<Result<FeedbackAnswer, Problem>> {
  const body = await readText(request);
  if (!body.ok) return body;
  const json = parseJson(body.value);
  if (!json.ok) return json;
  const items = itemsOf(json.value);
  if (!items.ok) return items;
  const { config, clock, knownModels } = isolate;
  const { keys } = config.receipts;
  const nowMs = clock();
  const judge = (): Judged[] => items.value.map((item) => judgeItem(item, { keys, models: knownModels.current, nowMs }));
  let judged = judge();
  if (judged.some(isOfUnknownModel)) {
    await knownModels.refresh();
    judged = judge();
  }
  const outcomes = await countClaims(judged, env, config.receipts.validHours);
  for (const [index, outcome] of outcomes.entries()) {
    isolate.recorder?.add("feedback_total", { model: (judged[index] as Judged).model ?? "other", outcome });
  }
  const answer = answerOf(judged, outcomes);
  if (answer.outcomes.unavailable === answer.received) return fail({ reason: "feedback_unavailable" });
  const [only] = answer.refused;
  // One truth, sent alone: its outcome is the answer's. That it was counted before is what a caller who sends again wants to hear.
  if (!Array.isArray(json.value) && only && only.outcome !== "repeated") {
    return fail({ reason: "receipt_refused", outcome: only.outcome, detail: only.error });
  }
  return succeed(answer);
}

// --- Not exported ---

/** Signed by us, for a model that was not listed when we last looked. */
const isOfUnknownModel = (item: Judged): boolean => item.state === "refused" && item.refusal.isModelUnknown === true;

function itemsOf(json: unknown): Result<readonly unknown[], Problem> {
  const items: unknown[] = Array.isArray(json) ? json : [json];
  if (items.length === 0) return fail({ reason: "body_invalid", detail: "the list is empty: send at least one truth" });
  if (items.length > FEEDBACK_ITEMS_MAX) return fail({ reason: "rows_too_many", rows: items.length, max: FEEDBACK_ITEMS_MAX });
  return succeed(items);
}

/** Outcome of every item, in order: what it was judged, or what its ledger said. */
async function countClaims(judged: readonly Judged[], env: Env, windowHours: number): Promise<FeedbackOutcome[]> {
  const outcomes = judged.map((item): FeedbackOutcome => (item.state === "refused" ? item.refusal.outcome : "unavailable"));
  const byLedger = new Map<number, { places: number[]; claims: Claim[] }>();
  for (const [place, item] of judged.entries()) {
    if (item.state === "refused") continue;
    const ledger = ledgerOf(item.claim.id);
    const batch = byLedger.get(ledger) ?? { places: [], claims: [] };
    byLedger.set(ledger, batch);
    batch.places.push(place);
    batch.claims.push(item.claim);
  }
  await Promise.all(
    Array.from(byLedger, async ([ledger, { places, claims }]) => {
      const told = await tellLedger(env, ledger, claims, windowHours);
      for (const [at, outcome] of told.entries()) outcomes[places[at] as number] = outcome;
    }),
  );
  return outcomes;
}

/** Empty when the ledger did not answer: whether it counted is unknown then. */
async function tellLedger(env: Env, ledger: number, claims: readonly Claim[], windowHours: number): Promise<ClaimOutcome[]> {
  let timer: number | null = null;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("no answer")), LEDGER_ANSWER_MS);
  });
  try {
    return await Promise.race([env.QUALITY_LEDGER.getByName(ledgerName(ledger)).count(claims, windowHours), late]);
  } catch (error) {
    const detail = String(error).slice(0, 200);
    console.error(JSON.stringify({ level: "error", event: "quality_ledger_failed", ledger, claims: claims.length, detail }));
    return [];
  } finally {
    clearTimeout(timer);
  }
}

/** The first bytes of an id are random, and the same for all receipts of one isolate: the truths of one batch go to one ledger. */
const ledgerOf = (id: Uint8Array): number => (((id[0] as number) << 8) | (id[1] as number)) % QUALITY_LEDGERS;

function answerOf(judged: readonly Judged[], outcomes: readonly FeedbackOutcome[]): FeedbackAnswer {
  const answer: FeedbackAnswer = { received: judged.length, counted: 0, outcomes: {}, refused: [] };
  for (const [index, outcome] of outcomes.entries()) {
    answer.outcomes[outcome] = (answer.outcomes[outcome] ?? 0) + 1;
    if (outcome === "counted") answer.counted++;
    else answer.refused.push({ index, outcome, error: sentenceOf(judged[index] as Judged, outcome) });
  }
  return answer;
}

const sentenceOf = (item: Judged, outcome: FeedbackOutcome): string => {
  const refusal: Refusal | undefined = item.state === "refused" ? item.refusal : undefined;
  return outcomeSentence(outcome, refusal?.detail);
};
