/** A model that takes long at the request limits and little at a few rows, with nothing in it that any policy could object to. */
import { node, port, writeModel } from "./onnx-writer.ts";

/** `depth` times the error function of every element; about 10 ms each for a million elements. */
export function slowModel(depth: number): Uint8Array {
  const nodes = Array.from({ length: depth }, (_, level) =>
    node("Erf", [level === 0 ? "x" : `level_${level}`], [level === depth - 1 ? "y" : `level_${level + 1}`]),
  );
  return writeModel({ inputs: [port("x", "FP32", ["batch", 100])], outputs: [port("y", "FP32", ["batch", 100])], nodes });
}
