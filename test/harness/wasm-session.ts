/** Runs an ONNX file in onnxruntime's WASM build, the edge's own binary, on one thread, within the test's process. For models that the test wrote itself. */
import * as ort from "onnxruntime-web/wasm";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

/** The values of the model's first output, row by row, for `rows` `[rows, columns]` in the input `features`. */
export async function runInWasm(onnx: Uint8Array, rows: Float32Array, columns: number): Promise<Float64Array> {
  const session = await ort.InferenceSession.create(onnx, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  try {
    const results = await session.run({ features: new ort.Tensor("float32", rows, [rows.length / columns, columns]) });
    const output = results[session.outputNames[0] as string] as ort.Tensor;
    return Float64Array.from(output.data as ArrayLike<number | bigint>, Number);
  } finally {
    await session.release();
  }
}
