/**
 * XGBoost's linear booster (gblinear) as ONNX. XGBoost adds bias and base score first and then one product after the other, leaving out what is missing;
 * a MatMul would add in an order of its own and miss by more than float32's last digits. CumSum adds in order, so its last element is XGBoost's sum.
 * Source: `Pred` in XGBoost's src/gbm/gblinear.cc.
 */
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { attribute, constant, node } from "../../onnx/messages.ts";
import type { ConversionRefusal } from "../conversion.ts";
import type { Booster, Learner } from "./learner.ts";

export interface LinearPart {
  nodes: Uint8Array[];
  constants: Uint8Array[];
}

/** Nodes from `input` `[rows, features]` to `sum` `[rows, outputs]`. */
export function linearNodes(
  booster: Extract<Booster, { name: "gblinear" }>,
  { features, outputs }: Learner,
  base: Float32Array,
  input: string,
  sum: string,
): Result<LinearPart, ConversionRefusal> {
  const weights = Float32Array.from(booster.model.weights, Number);
  if (weights.length !== (features + 1) * outputs) {
    const detail = `${weights.length} weights for ${features} features, ${outputs} outputs and a bias`;
    return fail({ reason: "xgboost_unreadable", detail });
  }
  if (!weights.every(Number.isFinite)) return fail({ reason: "xgboost_unreadable", detail: "a weight is not finite" });
  // The sum begins with the first product, so what comes before it is added there.
  const start = new Float32Array(features * outputs);
  for (let output = 0; output < outputs; output++) {
    start[output] = (weights[features * outputs + output] as number) + (base[output] as number);
  }
  return succeed({
    nodes: [
      node("IsNaN", [input], ["is_missing"]),
      node("Where", ["is_missing", "zero", input], ["present"]),
      node("Unsqueeze", ["present", "last_axis"], ["column"]),
      node("Mul", ["column", "weights"], ["products"]),
      node("Add", ["products", "start"], ["terms"]),
      node("CumSum", ["terms", "feature_axis"], ["sums"]),
      node("Gather", ["sums", "last_feature"], [sum], { attributes: [attribute.integer("axis", 1)] }),
    ],
    constants: [
      constant("zero", [], Float32Array.of(0)),
      constant("last_axis", [1], BigInt64Array.of(2n)),
      constant("feature_axis", [], BigInt64Array.of(1n)),
      constant("last_feature", [], BigInt64Array.of(BigInt(features - 1))),
      constant("weights", [features, outputs], weights.slice(0, features * outputs)),
      constant("start", [features, outputs], start),
    ],
  });
}
