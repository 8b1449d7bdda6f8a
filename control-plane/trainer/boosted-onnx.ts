/** A boosted model as an ONNX file: what the trainer leaves. One float32 input `features`, NaN where a value is missing; one output `prediction`. */
import { model, port } from "../onnx/messages.ts";
import { transformNodes } from "../onnx/transform.ts";
import { treeEnsembleNode } from "../onnx/tree-ensemble.ts";
import type { Boosted } from "./boost.ts";
import { lossOf } from "./loss.ts";

export const TRAINER_NAME = "edgewise";
/** Rises when the same job would give other bytes than before. */
export const TRAINER_VERSION = "1";

export function boostedOnnx({ task, features, trees, base }: Boosted): Uint8Array {
  const { transform } = lossOf(task);
  const sum = transform === "identity" ? "prediction" : "sum";
  const end = transformNodes(transform, sum, 1);
  return model(TRAINER_NAME, TRAINER_VERSION, {
    name: "gradient_boosted_trees",
    nodes: [treeEnsembleNode({ trees, base: Float32Array.of(base) }, "features", sum), ...end.nodes],
    constants: end.constants,
    inputs: [port("features", "float", ["rows", features.length])],
    outputs: [end.output],
  });
}
