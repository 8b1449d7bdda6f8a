/** One input and one output of each datatype that JSON and floats would damage: float64, bool, int32, uint8, and int64 beyond 2^53. */
import { constant, node, port, writeModel } from "./onnx-writer.ts";

/** Added to the int64 input, so that the output cannot be held by a JavaScript number. */
export const WIDE_OFFSET = 2n ** 53n + 1n;

export function datatypesModel(): Uint8Array {
  const rows = ["batch"];
  return writeModel({
    inputs: [
      port("double", "FP64", rows),
      port("flag", "BOOL", rows),
      port("count", "INT32", rows),
      port("byte", "UINT8", rows),
      port("wide", "INT64", rows),
    ],
    outputs: [
      port("double_same", "FP64", rows),
      port("flag_inverted", "BOOL", rows),
      port("count_same", "INT32", rows),
      port("byte_same", "UINT8", rows),
      port("wide_shifted", "INT64", rows),
    ],
    initializers: [constant("offset", "INT64", [], BigInt64Array.of(WIDE_OFFSET))],
    nodes: [
      node("Identity", ["double"], ["double_same"]),
      node("Not", ["flag"], ["flag_inverted"]),
      node("Identity", ["count"], ["count_same"]),
      node("Identity", ["byte"], ["byte_same"]),
      node("Add", ["wide", "offset"], ["wide_shifted"]),
    ],
  });
}
