/**
 * A file with its metadata as multipart/form-data (RFC 7578), streamed from disk with its length known beforehand, so that the file is never
 * held in memory and the receiver can refuse by length. `metadata` goes first: the receiver then knows what the bytes should be.
 */
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";

export interface MultipartSource {
  metadata: object;
  /** Name of the part that carries the file. */
  part: string;
  path: string;
  fileBytes: number;
  onProgress?: ((sentBytes: number) => void) | undefined;
}

export interface MultipartBody {
  stream: AsyncIterable<Uint8Array>;
  bytes: number;
  contentType: string;
}

export function multipartBody({ metadata, part, path, fileBytes, onProgress }: MultipartSource): MultipartBody {
  const boundary = `edgewise-${randomBytes(16).toString("hex")}`;
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="metadata"\r\nContent-Type: application/json\r\n\r\n` +
      `${JSON.stringify(metadata)}\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="${part}"; filename="${quotedName(path)}"\r\n` +
      "Content-Type: application/octet-stream\r\n\r\n",
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);

  async function* parts(): AsyncGenerator<Uint8Array> {
    yield head;
    let sentBytes = 0;
    for await (const chunk of createReadStream(path)) {
      yield chunk as Uint8Array;
      sentBytes += (chunk as Uint8Array).byteLength;
      onProgress?.(sentBytes);
    }
    yield tail;
  }

  return {
    stream: parts(),
    bytes: head.byteLength + fileBytes + tail.byteLength,
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

/** Escaped as browsers do (WHATWG "multipart/form-data encoding algorithm"), so that no name can break out of its quotes. */
const quotedName = (path: string): string =>
  basename(path).replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
