/**
 * Receives a multipart upload: one file part, streamed to disk while it is hashed and counted, and one `metadata` part, kept in memory. No part
 * is ever held whole that is not bounded. It neither reads the file nor cleans up after a failure: its callers do.
 */
import { Busboy, type BusboyHeaders } from "@fastify/busboy";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ADMIN_BODY_BYTES_MAX } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { UploadFailure } from "../failure.ts";

export interface UploadSource {
  contentType: string | undefined;
  body: ReadableStream<Uint8Array> | null;
}

/** Which part is the file, and what an upload of that kind is called. */
export interface UploadForm {
  file: string;
  what: string;
  bytesMax: number;
}

export interface ReceivedParts {
  file: { sha256: string; bytes: number };
  /** The text of the `metadata` part, "{}" where there is none. */
  metadataText: string;
}

/** Receives the file into `path`. Either part may come first; `metadata` may be a field or a file, and may be absent. */
export async function receiveParts(
  { contentType, body }: UploadSource,
  path: string,
  form: UploadForm,
): Promise<Result<ReceivedParts, UploadFailure>> {
  if (!contentType?.toLowerCase().startsWith("multipart/form-data") || body === null) {
    return fail({ reason: "upload_not_multipart", contentType, what: form.what, file: form.file });
  }
  const parts = await readParts(contentType, body, path, form);
  if (!parts.ok) return parts;
  const { file, metadataText } = parts.value;
  if (!file) return fail({ reason: "upload_malformed", detail: `there is no file part named ${form.file}` });
  return succeed({ file, metadataText: metadataText ?? "{}" });
}

// --- Not exported ---

interface Parts {
  file: { sha256: string; bytes: number } | undefined;
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
  form: UploadForm,
): Promise<Result<Parts, UploadFailure>> {
  const parts: Parts = { file: undefined, metadataText: undefined };
  let fileStream: Readable | undefined;
  let fileWritten: Promise<void> | undefined;
  try {
    const parser = new Busboy({
      headers: { "content-type": contentType } as BusboyHeaders,
      limits: { files: 1, fields: 1, fieldNameSize: 100, fieldSize: ADMIN_BODY_BYTES_MAX + 1, headerPairs: 20 },
      isPartAFile: (name) => name === form.file,
    });
    const stop = (failure: UploadFailure): void => void parser.destroy(new UploadStopped(failure));
    parser.on("file", (_name, stream) => {
      fileStream = stream;
      fileWritten = storeFile(stream, path, form).then((file) => void (parts.file = file));
      fileWritten.catch((error: Error) => parser.destroy(error));
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
      parser.on(event, () =>
        stop({ reason: "upload_malformed", detail: `there are more ${what} than ${form.file} and metadata` }),
      );
    }
    await pipeline(Readable.fromWeb(body as import("node:stream/web").ReadableStream), parser);
    await fileWritten;
    return succeed(parts);
  } catch (error) {
    // The parser does not end the part that it was in the middle of.
    fileStream?.destroy();
    await fileWritten?.catch(() => undefined);
    if (error instanceof UploadStopped) return fail(error.failure);
    if (isSystemError(error)) throw error;
    return fail({ reason: "upload_malformed", detail: error instanceof Error ? error.message : "unreadable" });
  }
}

async function storeFile(
  stream: Readable,
  path: string,
  { file, bytesMax }: UploadForm,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  async function* counted(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) throw new UploadStopped(tooLarge(file, bytesMax));
      hash.update(chunk);
      yield chunk;
    }
  }
  const written = createWriteStream(path, { flags: "wx", mode: 0o600 });
  try {
    await pipeline(stream, counted, written);
  } finally {
    // A stream that is stopped while its file is being opened would create it after the caller has cleaned up.
    if (!written.closed) await once(written, "close");
  }
  return { sha256: hash.digest("hex"), bytes };
}

const tooLarge = (part: string, bytesMax: number): UploadFailure => ({ reason: "upload_too_large", part, bytesMax });

/** A full disk and the like: not the caller's doing. ECONNRESET and a premature close are. */
function isSystemError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOSPC" || code === "EACCES" || code === "EIO" || code === "EROFS" || code === "EMFILE" || code === "ENOENT";
}
