import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { CLASSIFIER_FEATURES, classifierModel, INTEGER_LABELS, TEXT_LABELS } from "../../test/models/classifier.ts";
import { attribute, mlNode, node, port, writeModel } from "../../test/models/onnx-writer.ts";
import { weights } from "../../test/models/weights.ts";
import { parseOnnx, type ParsedModel } from "./onnx-parse.ts";
import { wireFields } from "../../contract/protobuf-wire.ts";
import { removeZipMaps } from "./zipmap.ts";

function parsed(bytes: Uint8Array): ParsedModel {
  const result = parseOnnx(bytes);
  if (!result.ok) throw new Error(result.failure.detail);
  return result.value;
}

function removed(bytes: Uint8Array) {
  const removal = removeZipMaps(bytes, parsed(bytes));
  if (!removal) throw new Error("no ZipMap was found");
  return removal;
}

const ROWS = 64;
const rows = () => ({
  float_input: new Tensor("float32", Float32Array.from(weights(5, ROWS * CLASSIFIER_FEATURES, 3)), [ROWS, CLASSIFIER_FEATURES]),
});

const KINDS = [
  { labels: "texts", kind: "linear" },
  { labels: "texts", kind: "trees" },
  { labels: "integers", kind: "linear" },
  { labels: "integers", kind: "trees" },
] as const;

describe.each(KINDS)("a $kind classifier with labels as $labels", (parts) => {
  const original = classifierModel(parts);
  const names = parts.labels === "texts" ? TEXT_LABELS : INTEGER_LABELS;

  it("gives the labels of the original and the probabilities that ZipMap would have zipped", async () => {
    // onnxruntime-node cannot fetch ZipMap's maps, so the same model built without ZipMap says what was zipped.
    const [before, without, after] = await Promise.all(
      [original, classifierModel({ ...parts, withZipMap: false }), removed(original).bytes].map((bytes) =>
        InferenceSession.create(bytes),
      ),
    );
    if (!before || !without || !after) throw new Error("a session is missing");
    const { output_label: label } = await before.run(rows(), ["output_label"]);
    const { probabilities } = await without.run(rows());
    const served = await after.run(rows());
    expect(after.outputNames).toEqual(["output_label", "probabilities"]);
    expect(served["output_label"]?.data).toEqual(label?.data);
    expect(served["probabilities"]?.data).toEqual(probabilities?.data);
    expect(served["probabilities"]?.dims).toEqual([ROWS, names.length]);
  });

  it("names the columns so that the likeliest class is the label", async () => {
    const { bytes, labels } = removed(original);
    const session = await InferenceSession.create(bytes);
    const served = await session.run(rows());
    const probabilities = served["probabilities"]?.data as Float32Array;
    const columns = labels.get("probabilities") ?? [];
    expect(columns).toEqual([...names]);
    const likeliest = Array.from({ length: ROWS }, (_, row) => {
      const own = [...probabilities.subarray(row * names.length, (row + 1) * names.length)];
      return String(columns[own.indexOf(Math.max(...own))]);
    });
    expect(likeliest).toEqual(Array.from(served["output_label"]?.data as ArrayLike<unknown>, String));
    expect(new Set(likeliest).size).toBeGreaterThan(1);
  });
});

describe("the bytes", () => {
  const original = classifierModel({ labels: "texts" });

  it("are those of the original but for ZipMap's node and its output", () => {
    const { bytes } = removed(original);
    const parts = (whole: Uint8Array) => {
      const graph = [...wireFields(whole)].find(({ number }) => number === 7);
      const inner = graph ? [...wireFields(whole, graph.payload, graph.end)] : [];
      return {
        model: [...wireFields(whole)]
          .filter(({ number }) => number !== 7)
          .map(({ start, end }) => Buffer.from(whole.subarray(start, end)).toString("hex")),
        graph: inner.map(({ start, end }) => Buffer.from(whole.subarray(start, end)).toString("hex")),
      };
    };
    const [before, after] = [parts(original), parts(bytes)];
    expect(after.model).toEqual(before.model);
    const lost = before.graph.filter((part) => !after.graph.includes(part));
    const gained = after.graph.filter((part) => !before.graph.includes(part));
    expect(lost.map((part) => Buffer.from(part, "hex").includes("output_probability"))).toEqual([true, true]);
    expect(gained.map((part) => Buffer.from(part, "hex").includes("probabilities"))).toEqual([true]);
  });

  it("are left alone when no output comes from a ZipMap", () => {
    const bytes = classifierModel({ labels: "texts", withZipMap: false });
    expect(removeZipMaps(bytes, parsed(bytes))).toBeUndefined();
  });
});

describe("other uses of ZipMap", () => {
  const x = port("x", "FP32", ["batch", 2]);
  const maps = { sequenceType: { elemType: { mapType: { keyType: 7, valueType: { tensorType: { elemType: 1 } } } } } };
  const zipMap = (output: string) => mlNode("ZipMap", ["scores"], [output], [attribute.ints("classlabels_int64s", [0, 1])]);

  it("keep the probabilities once when they are an output already", async () => {
    const bytes = writeModel({
      inputs: [x],
      outputs: [port("scores", "FP32", ["batch", 2]), { name: "a", type: maps }, { name: "b", type: maps }],
      nodes: [node("Relu", ["x"], ["scores"]), zipMap("a"), zipMap("b")],
    });
    const { bytes: served, rewrites } = removed(bytes);
    expect((await InferenceSession.create(served)).outputNames).toEqual(["scores"]);
    expect(rewrites).toHaveLength(2);
  });

  it("share the probabilities when two read the same", async () => {
    const bytes = writeModel({
      inputs: [x],
      outputs: ["a", "b"].map((name) => ({ name, type: maps })),
      nodes: [node("Relu", ["x"], ["scores"]), zipMap("a"), zipMap("b")],
    });
    expect((await InferenceSession.create(removed(bytes).bytes)).outputNames).toEqual(["scores"]);
  });

  it("stay when another node reads the maps", () => {
    const bytes = writeModel({
      inputs: [x],
      outputs: [{ name: "a", type: maps }],
      nodes: [node("Relu", ["x"], ["scores"]), zipMap("a"), node("SequenceLength", ["a"], ["count"])],
    });
    expect(removeZipMaps(bytes, parsed(bytes))).toBeUndefined();
  });
});
