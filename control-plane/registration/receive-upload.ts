/**
 * Receives a registration: streams the `artifact` part to a file while it is hashed and counted, and keeps only the `metadata` part in
 * memory. No part is ever held whole that is not bounded. It neither parses the model nor cleans up after a failure (register.ts does).
 */
import { Busboy, type BusboyHeaders } from "@fastify/busboy";
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ADMIN_BODY_BYTES_MAX } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { registrationMetadata, type RegistrationMetadata } from "../api/schemas.ts";
import type { UploadFailure } from "../failure.ts";

export interface Upload {
  sha256: string;
  bytes: number;
  metadata: RegistrationMetadata;
}

export interface UploadSource {
  contentType: string | undefined;
  body: ReadableStream<Uint8Array> | null;
}

/** Receives into `path`. Either part may come first; `metadata` may be a field or a file, and may be absent. */
export async function receiveUpload(
  { contentType, body }: UploadSource,
  path: string,
  artifactBytesMax: number,
): Promise<Result<Upload, UploadFailure>> {
  if (!contentType?.toLowerCase().startsWith("multipart/form-data") || body === null) {
    return fail({ reason: "upload_not_multipart", contentType });
  }
  const parts = await readParts(contentType, body, path, artifactBytesMax);
  if (!parts.ok) return parts;
  const { artifact, metadataText } = parts.value;
  if (!artifact) return fail({ reason: "upload_malformed", detail: "there is no file part named artifact" });
  const metadata = parseMetadata(metadataText ?? "{}");
  return metadata.ok ? succeed({ ...artifact, metadata: metadata.value }) : metadata;
}

// --- Not exported ---

interface Parts {
  artifact: { sha256: string; bytes: number } | undefined;
  metadataText: string | undefined;
}

/** Stops the reading: thrown inside the streams, caught in one place. */
class UploadStopped extends Error {
  readonly failure: UploadFailure;
  constructor(failure: UploadFailure) {
    super(failure.reason);
    this.failure = failure;
  }
}

async function readParts(
  contentType: string,
  body: ReadableStream<Uint8Array>,
  path: string,
  artifactBytesMax: number,
): Promise<Result<Parts, UploadFailure>> {
  const parts: Parts = { artifact: undefined, metadataText: undefined };
  let artifactStream: Readable | undefined;
  let artifactWritten: Promise<void> | undefined;
  try {
    const parser = new Busboy({
      headers: { "content-type": contentType } as BusboyHeaders,
      limits: { files: 1, fields: 1, fieldNameSize: 100, fieldSize: ADMIN_BODY_BYTES_MAX + 1, headerPairs: 20 },
      isPartAFile: (name) => name === "artifact",
    });
    const stop = (failure: UploadFailure): void => void parser.destroy(new UploadStopped(failure));
    parser.on("file", (_name, stream) => {
      artifactStream = stream;
      artifactWritten = storeArtifact(stream, path, artifactBytesMax).then((artifact) => void (parts.artifact = artifact));
      artifactWritten.catch((error: Error) => parser.destroy(error));
    });
    parser.on("field", (name, value) => {
      if (name !== "metadata")
        return stop({ reason: "upload_malformed", detail: `there is a part named ${JSON.stringify(name)}` });
      if (Buffer.byteLength(value) > ADMIN_BODY_BYTES_MAX) return stop(tooLarge("metadata", ADMIN_BODY_BYTES_MAX));
      parts.metadataText = value;
    });
    for (const [event, what] of [
      ["filesLimit", "files"],
      ["fieldsLimit", "fields"],
    ] as const) {
      parser.on(event, () => stop({ reason: "upload_malformed", detail: `there are more ${what} than artifact and metadata` }));
    }
    await pipeline(Readable.fromWeb(body as import("node:stream/web").ReadableStream), parser);
    await artifactWritten;
    return succeed(parts);
  } catch (error) {
    // The parser does not end the part that it was in the middle of.
    artifactStream?.destroy();
    await artifactWritten?.catch(() => undefined);
    if (error instanceof UploadStopped) return fail(error.failure);
    if (isSystemError(error)) throw error;
    return fail({ reason: "upload_malformed", detail: error instanceof Error ? error.message : "unreadable" });
  }
}

async function storeArtifact(stream: Readable, path: string, bytesMax: number): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  async function* counted(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) throw new UploadStopped(tooLarge("artifact", bytesMax));
      hash.update(chunk);
      yield chunk;
    }
  }
  await pipeline(stream, counted, createWriteStream(path, { flags: "wx", mode: 0o600 }));
  return { sha256: hash.digest("hex"), bytes };
}

function parseMetadata(text: string): Result<RegistrationMetadata, UploadFailure> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail({ reason: "metadata_not_json", detail: (error as Error).message });
  }
  const parsed = registrationMetadata.safeParse(json);
  if (parsed.success) return succeed(parsed.data);
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  return fail({ reason: "metadata_invalid", issues });
}

const tooLarge = (part: string, bytesMax: number): UploadFailure => ({ reason: "upload_too_large", part, bytesMax });

/** A full disk and the like: not the caller's doing. ECONNRESET and a premature close are. */
function isSystemError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOSPC" || code === "EACCES" || code === "EIO" || code === "EROFS" || code === "EMFILE" || code === "ENOENT";
}
