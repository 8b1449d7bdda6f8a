/** Regressors of one feature: the root of x less `offset`. Below `offset` there is no root, and the answer is NaN: a model that fails on a known share of its rows. */
import { constant, node, port, writeModel } from "./onnx-writer.ts";

export function squareRootModel(offset: number): Uint8Array {
  return writeModel({
    inputs: [port("x", "FP32", ["batch", 1])],
    outputs: [port("y", "FP32", ["batch", 1])],
    initializers: [constant("offset", "FP32", [1], Float32Array.of(offset))],
    nodes: [node("Sub", ["x", "offset"], ["shifted"]), node("Sqrt", ["shifted"], ["y"])],
  });
}
