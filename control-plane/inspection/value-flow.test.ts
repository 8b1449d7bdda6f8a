import { describe, expect, it } from "vitest";
import { integer, integers, node, port, writeModel, type Fields } from "../../test/models/onnx-writer.ts";
import { parseOnnx } from "./onnx-parse.ts";
import { checkValueFlow } from "./value-flow.ts";

const Y = port("y", "FP32", ["any"]);
const INPUTS = [port("x", "FP32", ["batch", 2]), port("size", "INT64", [1])];
const FIXED = [integers("fixed", [3]), integer("one", 1)];

function flowOf(nodes: Fields[], more: { inputs?: Fields[]; initializers?: Fields[]; functions?: Fields[] } = {}) {
  const { inputs = INPUTS, initializers = FIXED, functions = [] } = more;
  const parsed = parseOnnx(writeModel({ inputs, outputs: [Y], nodes, initializers }, { functions }));
  return parsed.ok ? checkValueFlow(parsed.value) : parsed;
}

const accepted = { ok: true, value: true };
const sized = (operator: string, input: string) => ({
  ok: false,
  failure: { reason: "output_size_from_input", operator: `ai.onnx:${operator}`, node: `${operator}_y`, input },
});

/** The operand that sets the size, by the standard; written out again so that a row lost from the implementation is missed here. */
const SIZING: [operator: string, operand: number, operands: number][] = [
  ["AffineGrid", 1, 2],
  ["BlackmanWindow", 0, 1],
  ["CenterCropPad", 1, 2],
  ["Col2Im", 1, 3],
  ["Col2Im", 2, 3],
  ["ConstantOfShape", 0, 1],
  ["DFT", 1, 3],
  ["DFT", 2, 3],
  ["Expand", 1, 2],
  ["HammingWindow", 0, 1],
  ["HannWindow", 0, 1],
  ["ImageDecoder", 0, 1],
  ["MaxUnpool", 2, 3],
  ["MelWeightMatrix", 0, 5],
  ["MelWeightMatrix", 1, 5],
  ["OneHot", 1, 3],
  ["Pad", 1, 4],
  ["Pad", 3, 4],
  ["Range", 0, 3],
  ["Range", 1, 3],
  ["Range", 2, 3],
  ["Resize", 1, 4],
  ["Resize", 2, 4],
  ["Resize", 3, 4],
  ["STFT", 1, 4],
  ["STFT", 3, 4],
  ["StringConcat", 0, 2],
  ["StringConcat", 1, 2],
  ["StringSplit", 0, 1],
  ["Tile", 1, 3],
  ["Tile", 2, 3],
  ["TopK", 1, 2],
  ["Upsample", 1, 2],
];

describe("an operand that sets the output's size", () => {
  const operandsWith = (name: string, at: number, count: number) =>
    Array.from({ length: count }, (_, index) => (index === at ? name : "fixed"));

  it.each(SIZING)("of %s (operand %d of %d) is refused from an input", (operator, at, count) => {
    expect(flowOf([node(operator, operandsWith("size", at, count), ["y"])])).toEqual(sized(operator, "size"));
  });

  it.each(SIZING)("of %s (operand %d of %d) is accepted from constants and from shapes", (operator, at, count) => {
    expect(flowOf([node(operator, operandsWith("fixed", at, count), ["y"])])).toEqual(accepted);
    expect(flowOf([node("Shape", ["x"], ["lengths"]), node(operator, operandsWith("lengths", at, count), ["y"])])).toEqual(
      accepted,
    );
  });

  it.each(["Gather", "Reshape", "Slice", "EyeLike", "Add", "Trilu"])("does not exist in %s", (operator) => {
    expect(flowOf([node(operator, ["x", "size", "size"], ["y"])])).toEqual(accepted);
  });
});

describe("a caller's values", () => {
  it("are followed through every operator between", () => {
    const nodes = [
      node("Mul", ["size", "fixed"], ["a"]),
      node("Split", ["a"], ["b", "c"]),
      node("Concat", ["fixed", "c"], ["d"]),
      node("Expand", ["one", "d"], ["y"]),
    ];
    expect(flowOf(nodes)).toEqual(sized("Expand", "d"));
  });

  it("are followed through the operand that is not a size", () => {
    expect(flowOf([node("Expand", ["size", "fixed"], ["a"]), node("Expand", ["one", "a"], ["y"])])).toEqual(sized("Expand", "a"));
  });

  it.each(["EyeLike", "Shape", "Size", "SequenceLength"])("end at %s, which yields none of them", (operator) => {
    expect(flowOf([node(operator, ["x"], ["a"]), node("Expand", ["x", "a"], ["y"])])).toEqual(accepted);
  });

  it.each(["Constant", "SequenceEmpty"])("are not in %s, which has no operand", (operator) => {
    expect(flowOf([node(operator, [], ["a"]), node("Expand", ["x", "a"], ["y"])])).toEqual(accepted);
  });

  it("do not come from an input that has a default, which the edge never sends", () => {
    const inputs = [...INPUTS, port("fixed", "INT64", [1])];
    expect(flowOf([node("Expand", ["x", "fixed"], ["y"])], { inputs })).toEqual(accepted);
  });

  const DATA_SHAPED: [string, string[]][] = [
    ["Compress", ["x", "size"]],
    ["NonMaxSuppression", ["x", "fixed"]],
    ["NonMaxSuppression", ["fixed", "x"]],
    ["NonMaxSuppression", ["fixed", "fixed", "size"]],
    ["NonMaxSuppression", ["fixed", "fixed", "fixed", "size"]],
    ["NonMaxSuppression", ["fixed", "fixed", "fixed", "fixed", "size"]],
    ["NonZero", ["x"]],
    ["ReduceL1", ["fixed", "size"]],
    ["ReduceL2", ["fixed", "size"]],
    ["ReduceLogSum", ["fixed", "size"]],
    ["ReduceLogSumExp", ["fixed", "size"]],
    ["ReduceMax", ["fixed", "size"]],
    ["ReduceMean", ["fixed", "size"]],
    ["ReduceMin", ["fixed", "size"]],
    ["ReduceProd", ["fixed", "size"]],
    ["ReduceSum", ["fixed", "size"]],
    ["ReduceSumSquare", ["fixed", "size"]],
    ["Reshape", ["fixed", "size"]],
    ["SequenceAt", ["fixed", "size"]],
    ["SequenceErase", ["fixed", "size"]],
    ["SequenceInsert", ["fixed", "fixed", "size"]],
    ["Slice", ["fixed", "size", "fixed"]],
    ["Slice", ["fixed", "fixed", "size"]],
    ["Slice", ["fixed", "fixed", "fixed", "size"]],
    ["Slice", ["fixed", "fixed", "fixed", "fixed", "size"]],
    ["Split", ["fixed", "size"]],
    ["SplitToSequence", ["fixed", "size"]],
    ["Squeeze", ["fixed", "size"]],
    ["StringNormalizer", ["x"]],
    ["Unique", ["x"]],
    ["Unsqueeze", ["fixed", "size"]],
  ];

  it.each(DATA_SHAPED)("count as values again when %s%j has put them into a shape", (operator, operands) => {
    const nodes = [
      node(operator, operands, ["a"]),
      node("Identity", ["a"], ["b"]),
      node("Shape", ["b"], ["c"]),
      node("Expand", ["one", "c"], ["y"]),
    ];
    expect(flowOf(nodes)).toEqual(sized("Expand", "c"));
  });

  it.each(["Size", "SequenceLength"])("count as values again through %s", (operator) => {
    const nodes = [node("NonZero", ["x"], ["a"]), node(operator, ["a"], ["b"]), node("Expand", ["one", "b"], ["y"])];
    expect(flowOf(nodes)).toEqual(sized("Expand", "b"));
  });

  it("cannot switch Dropout to training", () => {
    expect(flowOf([node("Dropout", ["x", "one", "size"], ["y"])])).toMatchObject({ failure: { reason: "not_deterministic" } });
    expect(flowOf([node("Dropout", ["x", "one", "fixed"], ["y"])])).toEqual(accepted);
  });

  it("are followed into functions and out of them", () => {
    const functions = [
      {
        name: "Pick",
        domain: "mine",
        input: ["a", "b"],
        output: ["first", "second"],
        node: [node("Abs", ["a"], ["first"]), node("Abs", ["b"], ["second"])],
      },
    ];
    const pick = (a: string, b: string) => node("Pick", [a, b], ["first", "second"], { domain: "mine" });
    const expand = (name: string) => node("Expand", ["one", name], ["y"]);
    expect(flowOf([pick("size", "fixed"), expand("first")], { functions })).toEqual(sized("Expand", "first"));
    expect(flowOf([pick("size", "fixed"), expand("second")], { functions })).toEqual(accepted);
    expect(flowOf([pick("fixed", "size"), expand("second")], { functions })).toEqual(sized("Expand", "second"));
  });
});

describe("a graph that cannot be followed", () => {
  const notOnnx = { ok: false, failure: expect.objectContaining({ reason: "not_onnx" }) as unknown };

  it("is refused when a node reads what only a later one makes", () => {
    expect(flowOf([node("Expand", ["one", "late"], ["y"]), node("Abs", ["size"], ["late"])])).toEqual(notOnnx);
  });

  it("is refused when a name is made twice", () => {
    expect(flowOf([node("Abs", ["fixed"], ["a"]), node("Abs", ["size"], ["a"]), node("Expand", ["one", "a"], ["y"])])).toEqual(
      notOnnx,
    );
    expect(flowOf([node("Abs", ["size"], ["fixed"])])).toEqual(notOnnx);
  });

  it("is refused when a function does not make its output", () => {
    const functions = [{ name: "Empty", domain: "mine", input: ["a"], output: ["b"], node: [] }];
    expect(flowOf([node("Empty", ["x"], ["y"], { domain: "mine" })], { functions })).toEqual(notOnnx);
  });
});
