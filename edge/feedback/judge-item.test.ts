import { describe, expect, it } from "vitest";
import { importReceiptKey, type ReceiptKey } from "../../contract/receipt-key.ts";
import { classNameHash, modelReference, ReceiptWriter } from "../../contract/receipt.ts";
import { judgeItem, type JudgeTerms } from "./judge-item.ts";

const keyOf = (fill: number): ReceiptKey => importReceiptKey(Buffer.alloc(32, fill).toString("base64")) as ReceiptKey;
const [key, other] = [keyOf(1), keyOf(2)];
const issuedSeconds = 1_795_000_000;
const terms: JudgeTerms = {
  keys: [key],
  models: new Map([[modelReference("m"), "m"]]),
  nowMs: (issuedSeconds + 3600) * 1000,
};
const head = { model: modelReference("m"), versionNumber: 3, issuedSeconds, validHours: 24 };

function value(predicted: number, { signedWith = key, model = "m", group = undefined as number | undefined } = {}): string {
  const writer = new ReceiptWriter(signedWith, new Uint8Array(8));
  writer.begin({ ...head, model: modelReference(model) });
  return writer.writeValue(predicted, group);
}
const classes = (names?: string[]): string => {
  const writer = new ReceiptWriter(key, new Uint8Array(8));
  writer.begin(head);
  return writer.writeProbabilities([0.25, 0.75], 0, 2, names?.map(classNameHash));
};
const judged = (item: unknown, changed: Partial<JudgeTerms> = {}) => judgeItem(item, { ...terms, ...changed });
const outcome = (item: unknown, changed: Partial<JudgeTerms> = {}) => {
  const got = judged(item, changed);
  return got.state === "claim" ? "claim" : got.refusal.outcome;
};

describe("a truth", () => {
  it("of a good receipt is a claim with all that a ledger needs", () => {
    expect(judged({ prediction_id: value(44.5, { group: 1 }), actual: 40 })).toMatchObject({
      state: "claim",
      model: "m",
      claim: {
        model: "m",
        version: "v3",
        group: 1,
        issuedSeconds,
        expiresSeconds: issuedSeconds + 24 * 3600,
        scored: { form: "value", predicted: 44.5, actual: 40 },
      },
    });
  });

  it("of a classifier names a class as the model does, or by its number", () => {
    const scored = (text: string, actual: unknown) => {
      const got = judged({ prediction_id: text, actual });
      return got.state === "claim" ? got.claim.scored : got.refusal.outcome;
    };
    expect(scored(classes(), 1)).toEqual({ form: "class", probabilities: [0.25, 0.75], actual: 1 });
    expect(scored(classes(["no", "true"]), true)).toMatchObject({ actual: 1 });
    expect(scored(classes(["no", "true"]), "maybe")).toBe("actual_invalid");
    expect(scored(classes(), 2)).toBe("actual_invalid");
  });

  it.each([
    ["null", null],
    ["nothing", undefined],
    ["a text", "40"],
    ["a number that is too large", 1e101],
    ["an infinite number", Number.POSITIVE_INFINITY],
    ["a list", [1]],
  ])("that is %s is no truth of a number", (_, actual) => {
    expect(outcome({ prediction_id: value(1), actual })).toBe("actual_invalid");
  });

  it("of a prediction that cannot be scored is refused", () => {
    expect(outcome({ prediction_id: value(1e101), actual: 1 })).toBe("actual_invalid");
  });

  it.each([[null], ["x"], [[]], [{}], [{ prediction_id: 7, actual: 1 }], [{ prediction_id: "x", actual: 1 }]])(
    "%j is malformed",
    (item) => {
      expect(outcome(item)).toBe("malformed");
    },
  );

  it("with a field that is not known is malformed: it may be a misspelt one", () => {
    expect(outcome({ prediction_id: value(1), actual: 1, actuall: 2 })).toBe("malformed");
  });

  it("of another key or of a model that is not here is foreign", () => {
    expect(outcome({ prediction_id: value(1, { signedWith: other }), actual: 1 })).toBe("foreign");
    expect(outcome({ prediction_id: value(1, { model: "n" }), actual: 1 })).toBe("foreign");
  });

  it("says when it is the model that is not known, so that they are listed again", () => {
    const unknown = (item: unknown, changed: Partial<JudgeTerms> = {}): boolean => {
      const got = judged(item, changed);
      return got.state === "refused" && got.refusal.isModelUnknown === true;
    };
    expect(unknown({ prediction_id: value(1, { model: "n" }), actual: 1 })).toBe(true);
    expect(unknown({ prediction_id: value(1), actual: 1 }, { models: undefined })).toBe(true);
    // Nobody without the key can make us list.
    expect(unknown({ prediction_id: value(1, { model: "n", signedWith: other }), actual: 1 })).toBe(false);
  });

  it("counts until its last second and not in it", () => {
    const item = { prediction_id: value(1), actual: 1 };
    const expiresMs = (issuedSeconds + 24 * 3600) * 1000;
    expect(outcome(item, { nowMs: expiresMs - 1 })).toBe("claim");
    expect(outcome(item, { nowMs: expiresMs })).toBe("expired");
    expect(outcome(item, { nowMs: Number.NaN })).toBe("expired");
  });

  it("cannot be told while nobody knows which models are here", () => {
    expect(outcome({ prediction_id: value(1), actual: 1 }, { models: undefined })).toBe("unavailable");
  });
});
