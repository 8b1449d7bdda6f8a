import { describe, expect, it } from "vitest";
import type { ManifestGroups, ManifestOutput } from "./manifest.ts";
import { classNameHash } from "./receipt.ts";
import { groupsProblem, isFavourable, scoredOutput, trueClass } from "./scored-output.ts";

const output = (
  name: string,
  datatype: ManifestOutput["datatype"],
  shape: number[],
  labels?: (string | number)[],
): ManifestOutput => ({
  name,
  datatype,
  shape,
  ...(labels && { labels }),
});
const label = output("label", "INT64", [-1]);
const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `class ${at}`);

describe("scoredOutput", () => {
  it.each([
    ["a column", output("y", "FP32", [-1, 1])],
    ["a vector", output("y", "FP64", [-1])],
    ["whole numbers", output("y", "INT32", [-1, 1])],
  ])("takes %s for a number", (_, only) => {
    expect(scoredOutput([only])).toEqual({ form: "value", output: "y" });
  });

  it("takes named probabilities for those classes, and hashes names that are not 0, 1, …", () => {
    expect(scoredOutput([output("label", "BYTES", [-1]), output("p", "FP32", [-1, 2], ["yes", "no"])])).toEqual({
      form: "probabilities",
      output: "p",
      classes: ["yes", "no"],
      names: [classNameHash("yes"), classNameHash("no")],
    });
    const numbered = { form: "probabilities", output: "p", classes: ["0", "1", "2"], names: undefined };
    expect(scoredOutput([label, output("p", "FP32", [-1, 3], [0, 1, 2])])).toEqual(numbered);
    expect(scoredOutput([label, output("p", "FP32", [-1, 3])])).toEqual(numbered);
  });

  it.each([
    ["several numbers a row", [output("y", "FP32", [-1, 3])]],
    ["several outputs of a number", [output("a", "FP32", [-1, 1]), output("b", "FP32", [-1, 1])]],
    ["no rows", [output("y", "FP32", [1])]],
    ["a width that the caller decides", [output("y", "FP32", [-1, -1])]],
    ["texts", [output("y", "BYTES", [-1])]],
    ["text labels whose probabilities are not named", [output("label", "BYTES", [-1]), output("p", "FP32", [-1, 2])]],
    ["11 numbered classes", [label, output("p", "FP32", [-1, 11])]],
    ["8 named classes", [label, output("p", "FP32", [-1, 8], names(8))]],
  ])("gives no receipts for %s", (_, outputs) => {
    expect(scoredOutput(outputs)).toBeUndefined();
  });

  it("fills a receipt, and no more, with 10 numbered or 7 named classes", () => {
    expect(scoredOutput([label, output("p", "FP32", [-1, 10])])).toBeDefined();
    expect(scoredOutput([label, output("p", "FP32", [-1, 7], names(7))])).toBeDefined();
  });
});

describe("trueClass", () => {
  const numbered = { form: "probabilities", probabilities: [0.1, 0.2, 0.7] } as const;
  const named = { ...numbered, names: ["a", "b", "c"].map(classNameHash) };

  it("is the place of the class that is named", () => {
    expect(
      ["0", "2", "3", "-1", "01x", "", "1.0"].map((actual) => trueClass(actual, { ...numbered, probabilities: [0.1, 0.2, 0.7] })),
    ).toEqual([0, 2, undefined, undefined, undefined, undefined, undefined]);
    expect(["a", "c", "d", "0"].map((actual) => trueClass(actual, { ...named, probabilities: [0.1, 0.2, 0.7] }))).toEqual([
      0,
      2,
      undefined,
      undefined,
    ]);
  });
});

describe("groupsProblem", () => {
  const groups = (favourable: ManifestGroups["favourable"]): ManifestGroups => ({
    names: ["a", "b"],
    privileged: "a",
    favourable,
  });
  const number = [output("y", "FP32", [-1, 1])];
  const classes = [label, output("p", "FP32", [-1, 2])];

  it.each([
    ["a limit for a number", groups({ atMost: 35 }), number, undefined],
    ["a class that there is", groups({ class: "1" }), classes, undefined],
    ["a class for a number", groups({ class: "1" }), number, "predicts a number"],
    ["a limit for classes", groups({ atLeast: 1 }), classes, "predicts classes"],
    ["a class that there is not", groups({ class: "2" }), classes, "not a class"],
    ["a model that cannot be scored", groups({ atMost: 1 }), [output("y", "FP32", [-1, 3])], "can be scored"],
  ])("judges %s", (_, given, outputs, problem) => {
    const found = groupsProblem(given, outputs);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });
});

describe("isFavourable", () => {
  const value = { form: "value", output: "y" } as const;
  const classes = { form: "probabilities", output: "p", classes: ["no", "yes"], names: undefined } as const;

  it("is at a threshold itself, on the side that is meant, and of the kind that is meant", () => {
    expect([9, 10, 11].map((at) => isFavourable({ atLeast: 10 }, value, at))).toEqual([false, true, true]);
    expect([9, 10, 11].map((at) => isFavourable({ atMost: 10 }, value, at))).toEqual([true, true, false]);
    expect([0, 1].map((place) => isFavourable({ class: "yes" }, { ...classes, classes: ["no", "yes"] }, place))).toEqual([
      false,
      true,
    ]);
    expect(isFavourable({ class: "yes" }, value, 1)).toBe(false);
  });
});
