/** Receives a registration: the artifact into a file, the metadata checked. It neither parses the model nor cleans up after a failure (register.ts does). */
import { fail, succeed, type Result } from "../../contract/result.ts";
import { registrationMetadata, type RegistrationMetadata } from "../api/schemas.ts";
import type { UploadFailure } from "../failure.ts";
import { parseMetadata } from "../upload/metadata.ts";
import { receiveParts, type UploadSource } from "../upload/receive-parts.ts";

export interface Upload {
  sha256: string;
  bytes: number;
  metadata: RegistrationMetadata;
}

/** Receives into `path`. */
export async function receiveUpload(
  source: UploadSource,
  path: string,
  artifactBytesMax: number,
): Promise<Result<Upload, UploadFailure>> {
  const received = await receiveParts(source, path, { file: "artifact", what: "registration", bytesMax: artifactBytesMax });
  if (!received.ok) return received;
  const { file, metadataText } = received.value;
  const metadata = parseMetadata(metadataText, registrationMetadata);
  return metadata.ok ? succeed({ ...file, metadata: metadata.value }) : fail(metadata.failure);
}
