/** An error model as it is uploaded: receive → check the metadata → attach (attach-error-model.ts). Whatever fails, no file is left. */
import { randomUUID } from "node:crypto";
import { ERROR_MODEL_BYTES_MAX } from "../../contract/limits.ts";
import type { Result } from "../../contract/result.ts";
import { errorModelMetadata, type ErrorModelAnswer } from "../api/error-model-schemas.ts";
import type { ErrorModelFailure, LookupFailure, RegistrationFailure, RegistryFailure } from "../failure.ts";
import type { RegistrationTools } from "../registration/register.ts";
import type { Caller } from "../registry/audit.ts";
import { parseMetadata } from "../upload/metadata.ts";
import { receiveParts, type UploadSource } from "../upload/receive-parts.ts";
import { attachErrorModel } from "./attach-error-model.ts";

export async function receiveErrorModel(
  tools: RegistrationTools,
  caller: Caller,
  of: { model: string; version: string },
  source: UploadSource,
): Promise<Result<ErrorModelAnswer, ErrorModelFailure | LookupFailure | RegistrationFailure | RegistryFailure>> {
  const uploadId = randomUUID();
  const path = tools.files.uploadPath(uploadId);
  try {
    const form = { file: "artifact", what: "error model", bytesMax: ERROR_MODEL_BYTES_MAX };
    const received = await receiveParts(source, path, form);
    if (!received.ok) return received;
    const metadata = parseMetadata(received.value.metadataText, errorModelMetadata);
    if (!metadata.ok) return metadata;
    return await attachErrorModel(tools, caller, { ...of, path, metadata: metadata.value });
  } finally {
    tools.files.discardUpload(uploadId);
  }
}
