/**
 * Takes ai.onnx.ml ZipMap out of a model. scikit-learn converters end a classifier with it: a sequence of maps from class to
 * probability, which onnxruntime's JavaScript cannot fetch. The tensor that ZipMap reads becomes the output in its place, and its class
 * labels go into the manifest. Done on the protobuf bytes: what is not ZipMap stays byte for byte as it was.
 */
import type { ParsedModel } from "./onnx-parse.ts";
import { ONNX_MESSAGES, type OnnxNode } from "./onnx-schema.ts";
import { bytesField, joinBytes, varintField, wireFields } from "../../contract/protobuf-wire.ts";

export interface ZipMapRemoval {
  bytes: Uint8Array;
  /** One sentence per ZipMap. */
  rewrites: string[];
  /** Class labels in column order, by the name of the output that carries the probabilities now. */
  labels: Map<string, (string | number)[]>;
}

interface ZipMap {
  nodeIndex: number;
  outputIndex: number;
  output: string;
  probabilities: string;
  labels: (string | number)[];
}

/** Undefined when no output of the graph comes from a ZipMap. `bytes` are those that `model` was parsed from. */
export function removeZipMaps(bytes: Uint8Array, model: ParsedModel): ZipMapRemoval | undefined {
  const zipMaps = findZipMaps(model);
  if (zipMaps.length === 0) return undefined;
  const graphNumber = ONNX_MESSAGES.Model.graph[0];
  const parts = [...wireFields(bytes)].map(({ number, start, payload, end }) =>
    number === graphNumber
      ? bytesField(graphNumber, withoutZipMaps(bytes, payload, end, zipMaps, model))
      : bytes.subarray(start, end),
  );
  return {
    bytes: joinBytes(parts),
    rewrites: zipMaps.map(
      ({ output, probabilities }) =>
        `The output ${output}, a sequence of maps made by ZipMap, is replaced by the tensor ${probabilities} that ZipMap reads.`,
    ),
    labels: new Map(zipMaps.map(({ probabilities, labels }) => [probabilities, labels])),
  };
}

/** ZipMaps whose only use is a graph output. One that another node reads stays, and its output with it. */
function findZipMaps({ graph }: ParsedModel): ZipMap[] {
  const read = new Set(graph.node.flatMap(({ input }) => input));
  const outputIndexes = new Map(graph.output.map(({ name }, index) => [name, index] as const));
  return graph.node.flatMap((node, nodeIndex): ZipMap[] => {
    const [probabilities, output] = [node.input[0], node.output[0]];
    if (node.opType !== "ZipMap" || node.domain !== "ai.onnx.ml" || !probabilities || !output || read.has(output)) return [];
    const outputIndex = outputIndexes.get(output);
    const labels = classLabels(node);
    return outputIndex === undefined || labels.length === 0 ? [] : [{ nodeIndex, outputIndex, output, probabilities, labels }];
  });
}

function classLabels({ attribute }: OnnxNode): (string | number)[] {
  const named = (name: string) => attribute.find((candidate) => candidate.name === name);
  const texts = named("classlabels_strings")?.strings ?? [];
  if (texts.length > 0) return texts;
  const integers = named("classlabels_int64s")?.ints ?? [];
  // A label past 2^53 was rounded in reading; as text it would name another class, so the column numbers stand for the labels.
  return integers.every(Number.isSafeInteger) ? integers : integers.map((_, column) => column);
}

function withoutZipMaps(
  bytes: Uint8Array,
  start: number,
  end: number,
  zipMaps: readonly ZipMap[],
  { graph }: ParsedModel,
): Uint8Array {
  const { node, output } = ONNX_MESSAGES.Graph;
  const outputNames = new Set(graph.output.map(({ name }) => name));
  const cutNodes = new Set(zipMaps.map((zipMap) => zipMap.nodeIndex));
  const cutOutputs = new Map(zipMaps.map((zipMap) => [zipMap.outputIndex, zipMap] as const));
  const parts: Uint8Array[] = [];
  let nodeIndex = 0;
  let outputIndex = 0;
  for (const field of wireFields(bytes, start, end)) {
    const isCutNode = field.number === node[0] && cutNodes.has(nodeIndex++);
    const cutOutput = field.number === output[0] ? cutOutputs.get(outputIndex++) : undefined;
    if (isCutNode) continue;
    if (cutOutput === undefined) parts.push(bytes.subarray(field.start, field.end));
    else if (!outputNames.has(cutOutput.probabilities)) {
      outputNames.add(cutOutput.probabilities);
      parts.push(bytesField(output[0], probabilityInfo(cutOutput)));
    }
  }
  return joinBytes(parts);
}

/** ValueInfo of a float tensor of shape [free, classes]: what ZipMap-1 reads. */
function probabilityInfo({ probabilities, labels }: ZipMap): Uint8Array {
  const { ValueInfo, Type, TensorType, Shape, Dimension } = ONNX_MESSAGES;
  const FLOAT = 1;
  const columns = bytesField(Shape.dim[0], varintField(Dimension.dimValue[0], labels.length));
  const shape = joinBytes([bytesField(Shape.dim[0], new Uint8Array()), columns]);
  const tensor = joinBytes([varintField(TensorType.elemType[0], FLOAT), bytesField(TensorType.shape[0], shape)]);
  return joinBytes([
    bytesField(ValueInfo.name[0], new TextEncoder().encode(probabilities)),
    bytesField(ValueInfo.type[0], bytesField(Type.tensorType[0], tensor)),
  ]);
}
