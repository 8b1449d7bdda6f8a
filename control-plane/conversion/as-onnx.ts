/** Whatever registration takes, as ONNX: an ONNX file as it is, another format converted. Told apart by content, never by name. Pure. */
import { succeed, type Result } from "../../contract/result.ts";
import type { Conversion, ConversionRefusal } from "./conversion.ts";
import { convertXgboost } from "./xgboost/convert.ts";
import { isXgboostFile } from "./xgboost/model-file.ts";

/** Undefined for a file that is in no format that we convert: it is ONNX, or nothing that we know. */
export function asOnnx(bytes: Uint8Array): Result<Conversion | undefined, ConversionRefusal> {
  return isXgboostFile(bytes) ? convertXgboost(bytes) : succeed(undefined);
}
