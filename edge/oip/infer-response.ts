/** Output tensors as a V2 infer response: JSON text, and the bytes that follow it for the outputs that were asked for in binary. */
import { elementText, isNotFinite, type PredictionProblem } from "../../contract/predictions.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { numericBytes } from "../../contract/tensor-bytes.ts";
import type { Tensor } from "../../contract/tensor.ts";
import type { RequestedOutput } from "./infer-request.ts";

export interface InferResponse {
  json: string;
  /** In the order of the outputs; empty when none is binary. */
  binary: Uint8Array[];
}

export function encodeInferResponse(
  answer: { model: string; version: string; id: string | undefined },
  outputs: readonly Tensor[],
  requested: readonly RequestedOutput[],
): Result<InferResponse, PredictionProblem> {
  const texts: string[] = [];
  const binary: Uint8Array[] = [];
  for (const [index, tensor] of outputs.entries()) {
    const { name, shape, datatype } = tensor;
    const head = `{"name":${JSON.stringify(name)},"shape":[${shape.join(",")}],"datatype":"${datatype}"`;
    if (requested[index]?.isBinary) {
      const bytes = tensorBytes(tensor);
      binary.push(bytes);
      texts.push(`${head},"parameters":{"binary_data_size":${bytes.byteLength}}}`);
      continue;
    }
    const toText = elementText(tensor);
    const values: string[] = [];
    for (let at = 0; at < tensor.data.length; at++) {
      if (isNotFinite(tensor.data, at)) {
        const row = Math.floor(at / (tensor.data.length / (shape[0] ?? 1)));
        return fail({ reason: "output_not_finite", row, output: name, got: String(tensor.data[at]) });
      }
      values.push(toText(at));
    }
    texts.push(`${head},"data":[${values.join(",")}]}`);
  }
  const id = answer.id === undefined ? "" : `,"id":${JSON.stringify(answer.id)}`;
  const json = `{"model_name":"${answer.model}","model_version":"${answer.version}"${id},"outputs":[${texts.join(",")}]}`;
  return succeed({ json, binary });
}

function tensorBytes({ data }: Tensor): Uint8Array {
  if (!Array.isArray(data)) return numericBytes(data);
  const encoder = new TextEncoder();
  const texts = data.map((text) => encoder.encode(text));
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + 4 + text.byteLength, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const text of texts) {
    view.setUint32(at, text.byteLength, true);
    bytes.set(text, at + 4);
    at += 4 + text.byteLength;
  }
  return bytes;
}
