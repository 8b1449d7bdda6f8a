/** Server and model metadata of Open Inference Protocol V2, as values. */
import type { Manifest } from "../../contract/manifest.ts";

export const SERVER_METADATA = { name: "edgewise", version: "0.1.0", extensions: ["binary_tensor_data"] };

export function modelMetadata(
  model: string,
  { inputs, outputs }: Manifest,
  versions: readonly string[],
): Record<string, unknown> {
  return {
    name: model,
    versions,
    platform: "onnx_onnxv1",
    // `features` and `missing` are ours; a V2 client ignores what it does not know.
    inputs: inputs.map(({ name, datatype, shape, features, missing }) => ({
      name,
      datatype,
      shape,
      ...(features && { features }),
      missing,
    })),
    outputs: outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
  };
}
