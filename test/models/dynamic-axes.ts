/** A text model in small: token ids of shape [batch, sequence], both free, to the mean of their embeddings and two scores. */
import { attribute, constant, node, port, writeModel } from "./onnx-writer.ts";
import { weights } from "./weights.ts";

export const VOCABULARY = 50;
const EMBEDDING = 4;

export function dynamicAxesModel(): Uint8Array {
  return writeModel({
    inputs: [port("token_ids", "INT64", ["batch", "sequence"])],
    outputs: [port("scores", "FP32", ["batch", 2])],
    initializers: [
      constant("embedding", "FP32", [VOCABULARY, EMBEDDING], Float32Array.from(weights(31, VOCABULARY * EMBEDDING))),
      constant("head", "FP32", [EMBEDDING, 2], Float32Array.from(weights(32, EMBEDDING * 2))),
    ],
    nodes: [
      node("Gather", ["embedding", "token_ids"], ["vectors"]),
      node("ReduceMean", ["vectors"], ["mean"], { attributes: [attribute.ints("axes", [1]), attribute.int("keepdims", 0)] }),
      node("MatMul", ["mean", "head"], ["scores"]),
    ],
  });
}
