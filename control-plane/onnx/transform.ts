/**
 * From the sum of a boosted model to its prediction: the last nodes of the graph, after XGBoost's `PredTransform`. What goes into the sum is
 * tree-ensemble.ts's and the converters' business.
 */
import { attribute, constant, node, port } from "./messages.ts";

export type Transform = "identity" | "sigmoid" | "exp" | "step" | "softmax" | "argmax";

export interface GraphEnd {
  nodes: Uint8Array[];
  constants: Uint8Array[];
  /** The graph's output. */
  output: Uint8Array;
}

/** The nodes from the sum `[rows, outputs]`, named `sum`, to the prediction. `identity` has none: its sum is to be named `prediction` from the start. */
export function transformNodes(transform: Transform, sum: string, outputs: number): GraphEnd {
  const prediction = port("prediction", "float", ["rows", outputs]);
  switch (transform) {
    case "identity":
      return { nodes: [], constants: [], output: prediction };
    case "exp":
      return { nodes: [node("Exp", [sum], ["prediction"])], constants: [], output: prediction };
    case "step": {
      // 1 above 0, else 0; Sign would give -1.
      const nodes = [
        node("Greater", [sum, "step_at"], ["is_above"]),
        node("Cast", ["is_above"], ["prediction"], { attributes: [attribute.integer("to", 1)] }),
      ];
      return { nodes, constants: [constant("step_at", [], Float32Array.of(0))], output: prediction };
    }
    case "sigmoid":
      return { nodes: sigmoidNodes(sum), constants: [constant("one", [], Float32Array.of(1))], output: prediction };
    case "softmax":
      return {
        nodes: [node("Softmax", [sum], ["probabilities"], { attributes: [attribute.integer("axis", 1)] })],
        constants: [],
        output: port("probabilities", "float", ["rows", outputs]),
      };
    case "argmax":
      // The first of equal classes, as in XGBoost.
      return {
        nodes: [
          node("ArgMax", [sum], ["label"], { attributes: [attribute.integer("axis", 1), attribute.integer("keepdims", 0)] }),
        ],
        constants: [],
        output: port("label", "int64", ["rows"]),
      };
  }
}

/** 1 / (1 + exp(-x)) step by step: onnxruntime's own Sigmoid is an approximation that cuts off at ±18. */
function sigmoidNodes(sum: string): Uint8Array[] {
  return [
    node("Neg", [sum], ["negative"]),
    node("Exp", ["negative"], ["odds_against"]),
    node("Add", ["odds_against", "one"], ["denominator"]),
    node("Reciprocal", ["denominator"], ["prediction"]),
  ];
}
