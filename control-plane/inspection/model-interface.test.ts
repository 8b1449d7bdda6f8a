import { describe, expect, it } from "vitest";
import { constant, node, port, writeModel, type Fields } from "../../test/models/onnx-writer.ts";
import { manifestOutputOf, modelInputs, modelOutputs } from "./model-interface.ts";
import { parseOnnx } from "./onnx-parse.ts";

const X = port("x", "FP32", ["batch", 3]);
const Y = port("y", "FP32", ["batch", 1]);

function modelOf(inputs: Fields[], outputs: Fields[] = [Y], initializers: Fields[] = []) {
  const parsed = parseOnnx(writeModel({ inputs, outputs, initializers, nodes: [node("Relu", ["x"], ["y"])] }));
  if (!parsed.ok) throw new Error(parsed.failure.detail);
  return parsed.value;
}

const inputsOf = (inputs: Fields[], declared: Parameters<typeof modelInputs>[1] = []) => modelInputs(modelOf(inputs), declared);
const refused = (failure: Fields) => ({ ok: false, failure: expect.objectContaining(failure) as unknown });

describe("an input", () => {
  it("is told with its datatype, shape, features and way of missing", () => {
    expect(inputsOf([X], [{ name: "x", features: ["a", "b", "c"], missing: "nan" }])).toEqual({
      ok: true,
      value: [
        {
          manifest: { name: "x", datatype: "FP32", shape: [-1, 3], features: ["a", "b", "c"], missing: "nan" },
          axes: ["batch", undefined],
        },
      ],
    });
  });

  it("has no features and refuses missing values unless the registrant says otherwise", () => {
    expect(inputsOf([X])).toMatchObject({ value: [{ manifest: { missing: "refused" } }] });
    expect(inputsOf([X])).not.toHaveProperty("value.0.manifest.features");
  });

  it("keeps fixed axes and scalars, and shares named free axes", () => {
    const inputs = [port("a", "INT64", ["n", "s"]), port("b", "FP32", []), port("c", "BYTES", ["n", -1, 4])];
    expect(inputsOf(inputs)).toMatchObject({
      value: [
        { manifest: { shape: [-1, -1] }, axes: ["n", "s"] },
        { manifest: { shape: [] }, axes: [] },
        { manifest: { shape: [-1, -1, 4] }, axes: ["n", "c[1]", undefined] },
      ],
    });
  });

  it("is not one when it has an initializer", () => {
    const model = modelOf([X, port("w", "FP32", [1])], [Y], [constant("w", "FP32", [1], Float32Array.of(1))]);
    expect(modelInputs(model, [])).toMatchObject({ ok: true, value: [{ manifest: { name: "x" } }] });
  });

  it.each([
    ["a name that the model lacks", [X], [{ name: "z" }], { reason: "input_unknown", input: "z", known: ["x"] }],
    ["too few features", [X], [{ name: "x", features: ["a"] }], { reason: "features_mismatch", declared: 1, columns: 3 }],
    [
      "features of an image",
      [port("x", "FP32", ["n", 3, 4, 4])],
      [{ name: "x", features: ["a"] }],
      { reason: "features_mismatch", columns: null },
    ],
    ["one feature twice", [X], [{ name: "x", features: ["a", "b", "a"] }], { reason: "feature_duplicate", feature: "a" }],
    [
      "an input named like a feature",
      [X, port("b", "FP32", ["n", 1])],
      [{ name: "x", features: ["a", "b", "c"] }],
      { reason: "feature_duplicate", feature: "b" },
    ],
    [
      "NaN for a missing integer",
      [port("x", "INT32", ["n", 1])],
      [{ name: "x", missing: "nan" }],
      { reason: "missing_unsupported", datatype: "INT32" },
    ],
  ] as [string, Fields[], Parameters<typeof modelInputs>[1], Fields][])("is refused for %s", (_, inputs, declared, failure) => {
    expect(inputsOf(inputs, declared)).toEqual(refused(failure));
  });

  const typed = (type: Fields) => [{ name: "x", type }];
  const tensorType = { elemType: 1, shape: { dim: [{ dimValue: 2 }] } };

  it.each([
    ["a sequence", typed({ sequenceType: { elemType: { tensorType } } }), { reason: "interface_unsupported", tensor: "x" }],
    ["an optional", typed({ optionalType: { elemType: { tensorType } } }), { reason: "interface_unsupported" }],
    ["a map", typed({ mapType: { keyType: 7, valueType: { tensorType } } }), { reason: "interface_unsupported" }],
    ["a sparse tensor", typed({ sparseTensorType: tensorType }), { reason: "interface_unsupported" }],
    ["without a shape", typed({ tensorType: { elemType: 1 } }), { reason: "interface_unsupported" }],
    ["empty", [port("x", "FP32", ["n", 0])], { reason: "interface_unsupported" }],
    ["of nine axes", [port("x", "FP32", ["n", 1, 1, 1, 1, 1, 1, 1, 1])], { reason: "interface_unsupported" }],
    [
      "bfloat16",
      typed({ tensorType: { ...tensorType, elemType: 16 } }),
      { reason: "datatype_unsupported", onnxType: "bfloat16" },
    ],
    [
      "of an unheard-of type",
      typed({ tensorType: { ...tensorType, elemType: 99 } }),
      { reason: "datatype_unsupported", onnxType: "type 99" },
    ],
  ] as [string, Fields[], Fields][])("is refused when it is %s", (_, inputs, failure) => {
    expect(inputsOf(inputs)).toEqual(refused(failure));
  });

  it("is refused when it and the others are more than one request may carry", () => {
    const half = (name: string) => port(name, "FP32", ["n", 600_000]);
    expect(inputsOf([half("a")]).ok).toBe(true);
    expect(inputsOf([half("a"), half("b")])).toEqual(refused({ reason: "interface_unsupported" }));
  });

  it("must exist, and not in hundreds", () => {
    expect(inputsOf([])).toEqual(refused({ reason: "interface_unsupported" }));
    expect(inputsOf(Array.from({ length: 65 }, (_, at) => port(`x${at}`, "FP32", ["n", 1])))).toEqual(
      refused({ reason: "interface_unsupported" }),
    );
  });
});

describe("outputs", () => {
  const sequence = { name: "s", type: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } };

  it("are the tensors among them", () => {
    expect(modelOutputs(modelOf([X], [sequence, Y]))).toEqual({
      ok: true,
      value: [{ name: "y", datatype: "FP32", shape: [-1, 1] }],
    });
  });

  it("must hold a tensor", () => {
    expect(modelOutputs(modelOf([X], [sequence]))).toEqual(refused({ reason: "no_tensor_output", outputs: ["s"] }));
  });

  it("must be of a datatype that the edge has", () => {
    const output = { name: "y", type: { tensorType: { elemType: 14 } } };
    expect(modelOutputs(modelOf([X], [output]))).toEqual(refused({ reason: "datatype_unsupported", onnxType: "complex64" }));
  });

  it("must differ in name", () => {
    expect(modelOutputs(modelOf([X], [Y, Y]))).toEqual(refused({ reason: "not_onnx" }));
  });

  it.each([
    ["as declared", [-1, 3], [32, 3], [-1, 3]],
    ["free where the run gave another length", [-1, 1], [32, 3], [-1, -1]],
    ["free when the run gave another rank", [-1, 1], [32], [-1]],
    ["free when nothing is declared", undefined, [32, 3], [-1, -1]],
  ])("are told %s", (_, shape, measured, told) => {
    const output = manifestOutputOf({ name: "y", datatype: "FP32", shape }, measured, undefined);
    expect(output).toEqual({ ok: true, value: { name: "y", datatype: "FP32", shape: told } });
  });
});
