import { describe, expect, it } from "vitest";
import { classifierModel } from "../../test/models/classifier.ts";
import { identityModel } from "../../test/models/hostile.ts";
import { imageModel } from "../../test/models/image.ts";
import { malformedFiles } from "../../test/models/malformed.ts";
import { encode, graph, node, port, writeModel } from "../../test/models/onnx-writer.ts";
import { NODES_MAX, REPEATED_ELEMENTS_MAX } from "./inspection-limits.ts";
import { parseOnnx } from "./onnx-parse.ts";
import { bytesField } from "../../contract/protobuf-wire.ts";
import { seededRandom } from "./seeded-random.ts";

function parsed(bytes: Uint8Array) {
  const result = parseOnnx(bytes);
  if (!result.ok) throw new Error(result.failure.detail);
  return result.value;
}

const notOnnx = (detail: RegExp) => ({
  ok: false,
  failure: { reason: "not_onnx", detail: expect.stringMatching(detail) as string },
});

const X = port("x", "FP32", ["batch", 2]);
const Y = port("y", "FP32", ["batch", 2]);

describe("a model", () => {
  it("gives its versions, nodes, tensors and ports", () => {
    const model = parsed(imageModel({ pixels: "UINT8" }));
    expect(model.irVersion).toBe(8);
    expect(model.producerName).toBe("edgewise test");
    expect(model.opsetImport).toMatchObject([{ version: 15 }, { domain: "ai.onnx.ml", version: 3 }]);
    const operators = ["Cast", "Mul", "Conv", "Relu", "GlobalAveragePool", "Flatten", "Gemm", "Softmax"];
    expect(model.graph.node.map(({ opType }) => opType)).toEqual(operators);
    expect(model.graph.initializer[0]).toMatchObject({ name: "filters", dims: [8, 3, 3, 3], dataType: 1 });
    expect(model.graph.input[0]?.type?.tensorType).toMatchObject({
      elemType: 2,
      shape: { dim: [{ dimParam: "batch" }, { dimValue: 3 }, { dimValue: 32 }, { dimValue: 32 }] },
    });
  });

  it("gives sequence and map types, and attributes", () => {
    const { graph } = parsed(classifierModel({ labels: "integers" }));
    expect(graph.output[1]?.type?.sequenceType?.elemType?.mapType).toMatchObject({ keyType: 7 });
    const zipMap = graph.node.find(({ opType }) => opType === "ZipMap");
    expect(zipMap?.attribute).toMatchObject([{ name: "classlabels_int64s", ints: [10, 20, 30] }]);
  });

  it("reads packed integers as it reads unpacked ones", () => {
    const packedDims = Uint8Array.of(0x0a, 3, 0xac, 0x02, 7);
    const bytes = writeModel({ inputs: [X], outputs: [Y], nodes: [] });
    const tensor = Uint8Array.of(0x2a, packedDims.length, ...packedDims);
    const withTensor = Uint8Array.from([
      ...encode("Model", { irVersion: 8, opsetImport: [{ version: 15 }] }),
      0x3a,
      7,
      ...tensor,
    ]);
    expect(parsed(withTensor).graph.initializer[0]?.dims).toEqual([300, 7]);
    expect(parsed(bytes).graph.initializer).toEqual([]);
  });

  it("leaves weights undecoded", () => {
    expect(Object.keys(parsed(imageModel({ pixels: "FP32" })).graph.initializer[0] ?? {})).not.toContain("rawData");
  });
});

describe("what is not a model", () => {
  it.each(Object.entries(malformedFiles()))("is refused: %s", (_, { bytes, detail }) => {
    expect(parseOnnx(bytes)).toEqual(notOnnx(detail));
  });

  it("includes a field of the wrong kind", () => {
    const producerVersionAsNumber = Uint8Array.of(0x18, 1);
    expect(parseOnnx(Uint8Array.from([...identityModel(), ...producerVersionAsNumber]))).toEqual(notOnnx(/wrong wire type/));
  });

  it("includes a file of more numbers than any model of its size has", () => {
    const dims = bytesField(1, new Uint8Array(REPEATED_ELEMENTS_MAX + 1));
    expect(parseOnnx(bytesField(7, bytesField(5, dims)))).toEqual(notOnnx(/repeated elements/));
  });

  it("includes a model without versions", () => {
    expect(parseOnnx(encode("Model", { graph: { name: "g" }, opsetImport: [{ version: 15 }] }))).toEqual(notOnnx(/ir_version/));
    expect(parseOnnx(encode("Model", { graph: { name: "g" }, irVersion: 8 }))).toEqual(notOnnx(/operator set/));
  });

  it("includes a graph of too many nodes", () => {
    const nodes = Array.from({ length: NODES_MAX + 1 }, () => ({}));
    expect(parseOnnx(writeModel({ inputs: [X], outputs: [Y], nodes }))).toEqual(notOnnx(/more than 20000 nodes/));
  });

  it("includes a value of two types", () => {
    const both = { tensorType: { elemType: 1 }, sequenceType: {} };
    const bytes = writeModel({ inputs: [{ name: "x", type: both }], outputs: [Y], nodes: [] });
    expect(parseOnnx(bytes)).toEqual(notOnnx(/more than one of its alternatives/));
  });

  it("includes names that are not UTF-8, which could hide that two names differ", () => {
    const bytes = Uint8Array.from(identityModel(port("Ω", "FP32", [2])));
    const at = bytes.indexOf(0xce);
    bytes[at] = 0xff;
    expect(parseOnnx(bytes)).toEqual(notOnnx(/UTF-8/));
  });

  it("keeps a byte-order mark, which onnxruntime counts as part of a name", () => {
    expect(parsed(identityModel(port("\uFEFFx", "FP32", [2]))).graph.input[0]?.name).toBe("\uFEFFx");
  });

  it("never throws, whatever is cut off or flipped", () => {
    const whole = classifierModel({ labels: "texts", kind: "trees" });
    const random = seededRandom(7);
    let refused = 0;
    for (let length = 0; length < whole.length; length++) if (!parseOnnx(whole.subarray(0, length)).ok) refused++;
    // A cut between two fields of the model leaves one that is whole: only its second operator set is gone.
    expect(refused).toBe(whole.length - 1);
    for (let round = 0; round < 3_000; round++) {
      const bytes = Uint8Array.from(whole);
      const at = Math.floor(random() * bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
      expect(() => parseOnnx(bytes)).not.toThrow();
    }
  });
});

describe("a subgraph", () => {
  it("is read with its nodes", () => {
    const inner = graph({ inputs: [], outputs: [], nodes: [node("Relu", ["x"], ["z"])] });
    const nodes = [node("If", ["x"], ["y"], { attributes: [{ name: "then_branch", g: inner }] })];
    expect(parsed(writeModel({ inputs: [X], outputs: [Y], nodes })).graph.node[0]?.attribute[0]?.g?.node[0]?.opType).toBe("Relu");
  });
});
