import { describe, expect, it } from "vitest";
import { classifierModel } from "../../test/models/classifier.ts";
import { datatypesModel } from "../../test/models/datatypes.ts";
import { dynamicAxesModel } from "../../test/models/dynamic-axes.ts";
import { externalDataModel, hostileModels } from "../../test/models/hostile.ts";
import { imageModel } from "../../test/models/image.ts";
import { mixedInputsModel } from "../../test/models/mixed-inputs.ts";
import { attribute, graph, node, port, writeModel, type Fields } from "../../test/models/onnx-writer.ts";
import type { InspectionRefusal } from "./inspection.ts";
import { parseOnnx } from "./onnx-parse.ts";
import { checkPolicy, countOperators } from "./policy.ts";

function policyOf(bytes: Uint8Array) {
  const parsed = parseOnnx(bytes);
  return parsed.ok ? checkPolicy(parsed.value) : parsed;
}

const X = port("x", "FP32", ["batch", 2]);
const Y = port("y", "FP32", ["batch", 2]);

/** The policy on a model of these nodes, and of whatever else is named. */
const policyOn = (nodes: Fields[], more: { initializers?: Fields[]; valueInfos?: Fields[] } = {}, model: Fields = {}) =>
  policyOf(writeModel({ inputs: [X], outputs: [Y], nodes, ...more }, model));

const refusedFor = (reason: InspectionRefusal["reason"], more: Fields = {}) => ({
  ok: false,
  failure: expect.objectContaining({ reason, ...more }) as unknown,
});

const accepted = { ok: true, value: true };

describe("ordinary models", () => {
  it.each([
    ["a linear classifier", classifierModel({ labels: "texts" })],
    ["a tree classifier", classifierModel({ labels: "integers", kind: "trees" })],
    ["a regressor of texts and numbers", mixedInputsModel()],
    ["an image model", imageModel({ pixels: "UINT8" })],
    ["a model with free axes", dynamicAxesModel()],
    ["a model of every datatype", datatypesModel()],
  ])("pass: %s", (_, bytes) => {
    expect(policyOf(bytes)).toEqual(accepted);
  });
});

describe("hostile models", () => {
  const byPolicy = Object.entries(hostileModels()).filter(
    ([name, { reason }]) => !["session_rejected", "memory_over_budget"].includes(reason) && name !== "training dropout",
  );

  it.each(byPolicy)("are refused: %s", (_, { bytes, reason }) => {
    expect(policyOf(bytes)).toEqual(refusedFor(reason));
  });
});

describe("operators", () => {
  it.each(["If", "Loop", "Scan", "SequenceMap"])("refuses %s", (opType) => {
    expect(policyOn([node(opType, ["x"], ["y"])])).toEqual(refusedFor("operator_forbidden", { operator: `ai.onnx:${opType}` }));
  });

  it.each(["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"])(
    "refuses %s, which draws random numbers",
    (opType) => {
      expect(policyOn([node(opType, ["x"], ["y"])])).toEqual(refusedFor("not_deterministic"));
    },
  );

  it.each(["com.microsoft", "ai.onnx.preview.training", "ai.onnx.training", "custom", "AI.ONNX"])(
    "refuses the domain %s",
    (domain) => {
      expect(policyOn([node("Add", ["x", "x"], ["y"], { domain })])).toEqual(
        refusedFor("operator_unknown", { operator: `${domain}:Add`, allowedDomains: ["ai.onnx", "ai.onnx.ml"] }),
      );
    },
  );

  it("takes ai.onnx for the default domain", () => {
    expect(policyOn([node("Add", ["x", "x"], ["y"], { domain: "ai.onnx" })])).toEqual(accepted);
    expect(policyOn([node("Loop", ["x"], ["y"], { domain: "ai.onnx" })])).toEqual(refusedFor("operator_forbidden"));
  });

  it("refuses a known operator in the wrong domain", () => {
    expect(policyOn([node("ZipMap", ["x"], ["y"])])).toEqual(refusedFor("operator_unknown"));
  });

  it("refuses a subgraph on an operator that has none", () => {
    const inner = graph({ inputs: [], outputs: [], nodes: [] });
    const nodes = [node("Relu", ["x"], ["y"], { attributes: [attribute.graph("hidden", inner)] })];
    expect(policyOn(nodes)).toEqual(refusedFor("operator_forbidden"));
    const many = [node("Relu", ["x"], ["y"], { attributes: [{ name: "hidden", graphs: [inner] }] })];
    expect(policyOn(many)).toEqual(refusedFor("operator_forbidden"));
  });

  it("counts them, those in functions too", () => {
    const functions = [{ name: "Twice", domain: "mine", input: ["a"], output: ["b"], node: [node("Add", ["a", "a"], ["b"])] }];
    const nodes = [node("Twice", ["x"], ["z"], { domain: "mine" }), node("Relu", ["z"], ["y"])];
    const parsed = parseOnnx(writeModel({ inputs: [X], outputs: [Y], nodes }, { functions }));
    expect(parsed.ok && countOperators(parsed.value)).toEqual({ "ai.onnx:Add": 1, "ai.onnx:Relu": 1, "mine:Twice": 1 });
  });
});

describe("functions", () => {
  const twice = (name: string, domain: string, inner: string) => ({
    name,
    domain,
    input: ["a"],
    output: ["b"],
    node: [node(inner, ["a"], ["b"])],
  });
  const call = [node("Mine", ["x"], ["y"], { domain: "mine" })];

  it("may be called by name", () => {
    expect(policyOn(call, {}, { functions: [twice("Mine", "mine", "Relu")] })).toEqual(accepted);
  });

  it.each(["Loop", "Frobnicate"])("may not hide %s", (inner) => {
    expect(policyOn(call, {}, { functions: [twice("Mine", "mine", inner)] }).ok).toBe(false);
  });

  it("may not take the name of a standard operator", () => {
    expect(policyOn([node("Relu", ["x"], ["y"])], {}, { functions: [twice("Relu", "", "Neg")] })).toEqual(
      refusedFor("operator_forbidden", { operator: "ai.onnx:Relu" }),
    );
  });

  it("may not be defined twice", () => {
    const functions = [twice("Mine", "mine", "Relu"), twice("Mine", "mine", "Neg")];
    expect(policyOn(call, {}, { functions })).toEqual(refusedFor("not_onnx"));
  });

  it("may not call themselves", () => {
    const endless = {
      name: "Mine",
      domain: "mine",
      input: ["a"],
      output: ["b"],
      node: [node("Mine", ["a"], ["b"], { domain: "mine" })],
    };
    expect(policyOn(call, {}, { functions: [endless] })).toEqual(refusedFor("not_onnx"));
  });

  it("may not unfold without end", () => {
    // Sixteen levels of four calls each: 4^16 nodes from 64.
    const functions = Array.from({ length: 16 }, (_, level) => ({
      name: `Level${level}`,
      domain: "mine",
      input: ["a"],
      output: ["b3"],
      node: [0, 1, 2, 3].map((copy) =>
        node(level === 15 ? "Relu" : `Level${level + 1}`, ["a"], [`b${copy}`], { domain: level === 15 ? "" : "mine" }),
      ),
    }));
    expect(policyOn([node("Level0", ["x"], ["y"], { domain: "mine" })], {}, { functions })).toEqual(refusedFor("not_onnx"));
  });
});

describe("external data", () => {
  it.each(["weights.bin", "../../etc/passwd", "/etc/passwd", "C:\\weights"])("is refused at %s", (location) => {
    expect(policyOf(externalDataModel(location))).toEqual(refusedFor("external_data", { tensors: [`w at ${location}`] }));
  });

  const outside = { name: "w", dims: [1], dataType: 1, dataLocation: 1 };
  const entries = { name: "w", dims: [1], dataType: 1, externalData: [{ key: "location", value: "w.bin" }] };
  const relu = [node("Relu", ["x"], ["y"])];
  const refused = refusedFor("external_data");

  it("is refused when only one of its two marks is there", () => {
    expect(policyOn(relu, { initializers: [outside] })).toEqual(refused);
    expect(policyOn(relu, { initializers: [entries] })).toEqual(refused);
  });

  it("is refused wherever a tensor can be", () => {
    const on = (more: Fields) => policyOn([node("Relu", ["x"], ["y"], { attributes: [{ name: "value", ...more }] })]);
    expect(on({ t: outside })).toEqual(refused);
    expect(on({ tensors: [outside] })).toEqual(refused);
    expect(on({ sparseTensor: { values: outside } })).toEqual(refused);
    expect(on({ sparseTensors: [{ indices: outside }] })).toEqual(refused);
    expect(on({ g: graph({ inputs: [], outputs: [], nodes: [], initializers: [outside] }) })).toEqual(refused);
    const inFunction = {
      name: "Mine",
      domain: "mine",
      input: ["a"],
      output: ["b"],
      node: [node("Constant", [], ["b"], { attributes: [{ name: "value", t: outside }] })],
    };
    expect(policyOn(relu, {}, { functions: [inFunction] })).toEqual(refused);
    const parts = graph({ inputs: [X], outputs: [Y], nodes: relu });
    const sparse = { graph: { ...parts, sparseInitializer: [{ values: outside }] } };
    expect(policyOf(writeModel({ inputs: [], outputs: [], nodes: [] }, sparse))).toEqual(refused);
  });
});

describe("dimensions", () => {
  const relu = [node("Relu", ["x"], ["y"])];
  const tooLarge = refusedFor("dimension_unbounded");

  it("are refused beyond the limits in value_info and in initializers", () => {
    expect(policyOn(relu, { valueInfos: [port("z", "FP32", [1e9])] })).toEqual(tooLarge);
    expect(policyOn(relu, { initializers: [{ name: "w", dims: [1e5, 1e5], dataType: 1 }] })).toEqual(tooLarge);
    expect(policyOn(relu, { initializers: [{ name: "w", dims: [0, 1e9], dataType: 1 }] })).toEqual(tooLarge);
  });

  it("are refused in an input when no request could carry it", () => {
    const withInput = (length: number) =>
      policyOf(writeModel({ inputs: [port("x", "FP32", ["batch", length])], outputs: [Y], nodes: relu }));
    expect(withInput(1_048_576)).toEqual(accepted);
    expect(withInput(1_048_577)).toEqual(tooLarge);
  });

  it("are refused inside a sequence", () => {
    const type = { sequenceType: { elemType: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1e9 }] } } } } };
    expect(policyOf(writeModel({ inputs: [X], outputs: [{ name: "y", type }], nodes: relu }))).toEqual(tooLarge);
  });

  it.each(["shape", "output_shape", "output_padding", "pads", "paddings"])("are refused in the attribute %s", (name) => {
    const nodes = [node("ConvTranspose", ["x", "x"], ["y"], { attributes: [attribute.ints(name, [1, 1e9])] })];
    expect(policyOn(nodes)).toEqual(refusedFor("dimension_unbounded", { tensor: `ConvTranspose_y.${name}` }));
  });
});
