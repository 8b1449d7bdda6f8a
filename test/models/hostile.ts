/** Models that registration must refuse, each with the reason that must be given. Files that are no model at all are in malformed.ts. */
import type { InspectionRefusal } from "../../control-plane/inspection/inspection.ts";
import { attribute, constant, graph, integer, integers, node, port, writeModel, type Fields } from "./onnx-writer.ts";

const X = port("x", "FP32", ["batch", 2]);
const Y = port("y", "FP32", ["batch", 2]);
const ANY = port("y", "FP32", ["any"]);

/** Model name → its bytes and the reason that must be given. */
export function hostileModels(): Record<string, { bytes: Uint8Array; reason: InspectionRefusal["reason"] }> {
  return {
    loop: { bytes: loopModel(), reason: "operator_forbidden" },
    scan: { bytes: scanModel(), reason: "operator_forbidden" },
    if: { bytes: ifModel(), reason: "operator_forbidden" },
    "expand by a value": { bytes: expandByValueModel(), reason: "output_size_from_input" },
    "range by a value": { bytes: rangeByValueModel(), reason: "output_size_from_input" },
    "constant of a shape by value": { bytes: constantOfShapeByValueModel(), reason: "output_size_from_input" },
    "expand by a count of values": { bytes: expandByCountModel(), reason: "output_size_from_input" },
    "expand by a value inside a function": { bytes: expandInFunctionModel(), reason: "output_size_from_input" },
    "external data": { bytes: externalDataModel("../../etc/passwd"), reason: "external_data" },
    "external data in an attribute": { bytes: externalAttributeModel(), reason: "external_data" },
    "custom domain": { bytes: customDomainModel(), reason: "operator_unknown" },
    "unknown operator": {
      bytes: writeModel({ inputs: [X], outputs: [Y], nodes: [node("Frobnicate", ["x"], ["y"])] }),
      reason: "operator_unknown",
    },
    "huge input": { bytes: identityModel(port("x", "FP32", ["batch", 1e9])), reason: "dimension_unbounded" },
    "huge output": { bytes: identityModel(X, port("y", "FP32", [1e5, 1e5])), reason: "dimension_unbounded" },
    "huge initializer": { bytes: hugeInitializerModel(), reason: "dimension_unbounded" },
    random: { bytes: randomModel(), reason: "not_deterministic" },
    "training dropout": { bytes: trainingDropoutModel(), reason: "not_deterministic" },
    "type mismatch": { bytes: typeMismatchModel(), reason: "session_rejected" },
    "memory bomb by shape": { bytes: shapeBombModel(), reason: "memory_over_budget" },
    "memory bomb by broadcast": { bytes: outerProductModel(), reason: "memory_over_budget" },
    "memory bomb at loading": { bytes: foldedBombModel(), reason: "memory_over_budget" },
  };
}

/** `x` passed through: a harmless model, unless its ports are not. */
export function identityModel(x: Fields = X, y: Fields = Y): Uint8Array {
  return writeModel({ inputs: [x], outputs: [y], nodes: [node("Identity", ["x"], ["y"])] });
}

export function externalDataModel(location: string): Uint8Array {
  const w = { name: "w", dims: [2], dataType: 1, dataLocation: 1, externalData: [{ key: "location", value: location }] };
  return writeModel({ inputs: [X], outputs: [Y], initializers: [w], nodes: [node("Add", ["x", "w"], ["y"])] });
}

function externalAttributeModel(): Uint8Array {
  const t = { name: "w", dims: [2], dataType: 1, dataLocation: 1, externalData: [{ key: "location", value: "weights.bin" }] };
  const made = node("Constant", [], ["w"], { attributes: [attribute.tensor("value", t)] });
  return writeModel({ inputs: [X], outputs: [Y], nodes: [made, node("Add", ["x", "w"], ["y"])] });
}

function loopModel(): Uint8Array {
  const body = graph({
    inputs: [port("iteration", "INT64", []), port("go", "BOOL", []), port("carried", "FP32", ["batch", 2])],
    outputs: [port("go_on", "BOOL", []), port("carried_on", "FP32", ["batch", 2])],
    nodes: [node("Identity", ["go"], ["go_on"]), node("Add", ["carried", "carried"], ["carried_on"])],
  });
  return writeModel({
    inputs: [X],
    outputs: [Y],
    initializers: [integer("times", 1_000_000), constant("go_first", "BOOL", [], Uint8Array.of(1))],
    nodes: [node("Loop", ["times", "go_first", "x"], ["y"], { attributes: [attribute.graph("body", body)] })],
  });
}

function scanModel(): Uint8Array {
  const body = graph({
    inputs: [port("sum", "FP32", [2]), port("item", "FP32", [2])],
    outputs: [port("sum_on", "FP32", [2]), port("item_on", "FP32", [2])],
    nodes: [node("Add", ["sum", "item"], ["sum_on"]), node("Identity", ["sum_on"], ["item_on"])],
  });
  return writeModel({
    inputs: [X],
    outputs: [Y],
    initializers: [constant("zero", "FP32", [2], new Float32Array(2))],
    nodes: [
      node("Scan", ["zero", "x"], ["total", "y"], {
        attributes: [attribute.graph("body", body), attribute.int("num_scan_inputs", 1)],
      }),
    ],
  });
}

const branch = (opType: string): Fields =>
  graph({ inputs: [], outputs: [port("z", "FP32", ["batch", 2])], nodes: [node(opType, ["x"], ["z"])] });

function ifModel(): Uint8Array {
  return writeModel({
    inputs: [X],
    outputs: [Y],
    initializers: [constant("yes", "BOOL", [], Uint8Array.of(1))],
    nodes: [
      node("If", ["yes"], ["y"], {
        attributes: [attribute.graph("then_branch", branch("Identity")), attribute.graph("else_branch", branch("Neg"))],
      }),
    ],
  });
}

function expandByValueModel(): Uint8Array {
  return writeModel({
    inputs: [port("size", "INT64", [1])],
    outputs: [ANY],
    initializers: [constant("one", "FP32", [1], Float32Array.of(1))],
    nodes: [node("Expand", ["one", "size"], ["y"])],
  });
}

function rangeByValueModel(): Uint8Array {
  return writeModel({
    inputs: [port("x", "FP32", [])],
    outputs: [ANY],
    initializers: [constant("zero", "FP32", [], Float32Array.of(0)), constant("one", "FP32", [], Float32Array.of(1))],
    nodes: [node("Range", ["zero", "x", "one"], ["y"])],
  });
}

function constantOfShapeByValueModel(): Uint8Array {
  const INT64 = 7;
  return writeModel({
    inputs: [port("x", "FP32", [1])],
    outputs: [ANY],
    nodes: [
      node("Cast", ["x"], ["size"], { attributes: [attribute.int("to", INT64)] }),
      node("ConstantOfShape", ["size"], ["y"]),
    ],
  });
}

/** The size is read from a shape, but that shape is a count of non-zero values: one request of few rows can set it. */
function expandByCountModel(): Uint8Array {
  return writeModel({
    inputs: [X],
    outputs: [ANY],
    initializers: [constant("one", "FP32", [1], Float32Array.of(1)), integers("factor", [1_000_000]), integer("second", 1)],
    nodes: [
      node("NonZero", ["x"], ["places"]),
      node("Shape", ["places"], ["lengths"]),
      node("Gather", ["lengths", "second"], ["count"]),
      node("Mul", ["count", "factor"], ["size"]),
      node("Expand", ["one", "size"], ["y"]),
    ],
  });
}

function expandInFunctionModel(): Uint8Array {
  const functions = [
    {
      name: "Grow",
      domain: "mine",
      input: ["what", "shape"],
      output: ["grown"],
      node: [node("Expand", ["what", "shape"], ["grown"])],
    },
  ];
  return writeModel(
    {
      inputs: [port("size", "INT64", [1])],
      outputs: [ANY],
      initializers: [constant("one", "FP32", [1], Float32Array.of(1))],
      nodes: [node("Grow", ["one", "size"], ["y"], { domain: "mine" })],
    },
    { functions: functions.map((body) => ({ ...body, opsetImport: [{ domain: "", version: 15 }] })) },
  );
}

function customDomainModel(): Uint8Array {
  return writeModel({ inputs: [X], outputs: [Y], nodes: [node("Gelu", ["x"], ["y"], { domain: "com.microsoft" })] });
}

function hugeInitializerModel(): Uint8Array {
  const w = { name: "w", dims: [1e9], dataType: 1, rawData: new Uint8Array(4) };
  return writeModel({ inputs: [X], outputs: [Y], initializers: [w], nodes: [node("Identity", ["x"], ["y"])] });
}

function randomModel(): Uint8Array {
  const noise = node("RandomNormal", [], ["noise"], { attributes: [attribute.ints("shape", [1, 2])] });
  return writeModel({ inputs: [X], outputs: [Y], nodes: [noise, node("Add", ["x", "noise"], ["y"])] });
}

/** No random operator by name: the two runs of the golden rows tell. */
function trainingDropoutModel(): Uint8Array {
  return writeModel({
    inputs: [X],
    outputs: [Y],
    initializers: [constant("ratio", "FP32", [], Float32Array.of(0.5)), constant("training", "BOOL", [], Uint8Array.of(1))],
    nodes: [node("Dropout", ["x", "ratio", "training"], ["y"])],
  });
}

function typeMismatchModel(): Uint8Array {
  return writeModel({
    inputs: [X],
    outputs: [Y],
    initializers: [integers("two", [2])],
    nodes: [node("Add", ["x", "two"], ["y"])],
  });
}

/** Harmless at a few rows; each further row costs 40 kB. */
function shapeBombModel(): Uint8Array {
  return writeModel({
    inputs: [X],
    outputs: [port("y", "FP32", ["any", "more"])],
    initializers: [integers("factor", [1, 5_000]), constant("one", "FP32", [1, 1], Float32Array.of(1))],
    nodes: [
      node("Shape", ["x"], ["lengths"]),
      node("Mul", ["lengths", "factor"], ["size"]),
      node("Expand", ["one", "size"], ["y"]),
    ],
  });
}

/** rows × rows, without any operator that takes a size. */
function outerProductModel(): Uint8Array {
  return writeModel({
    inputs: [X],
    outputs: [port("y", "FP32", ["batch", "again"])],
    nodes: [node("Transpose", ["x"], ["turned"]), node("MatMul", ["x", "turned"], ["y"])],
  });
}

/** 800 MB made of constants while the session is created: no dimension in the file is large. */
function foldedBombModel(): Uint8Array {
  return writeModel({
    inputs: [X],
    outputs: [ANY],
    initializers: [
      integers("size", [20_000, 10_000]),
      constant("one", "FP32", [1], Float32Array.of(1)),
      integers("axes", [0, 1]),
      integers("flat", [1]),
    ],
    nodes: [
      node("Expand", ["one", "size"], ["grown"]),
      node("ReduceSum", ["grown", "axes"], ["total"], { attributes: [attribute.int("keepdims", 0)] }),
      node("ReduceSum", ["x", "axes"], ["x_total"], { attributes: [attribute.int("keepdims", 0)] }),
      node("Add", ["total", "x_total"], ["scalar"]),
      node("Reshape", ["scalar", "flat"], ["y"]),
    ],
  });
}
