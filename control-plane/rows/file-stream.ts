/** The bytes of a text table as a stream, gunzipped where they are gzipped, and no more of them than the limit. */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { TABLE_BYTES_MAX } from "../../contract/limits.ts";
import type { TableFile } from "./table.ts";

/** Ends with an error where the file cannot be read, is not gzip, or unpacks to more than the limit. */
export function openBytes({ path, isGzipped }: TableFile): Readable {
  const file = createReadStream(path);
  if (!isGzipped) return file;
  let bytes = 0;
  const gunzip = createGunzip();
  gunzip.on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > TABLE_BYTES_MAX) gunzip.destroy(new Error(`it unpacks to more than ${TABLE_BYTES_MAX} bytes`));
  });
  gunzip.pause();
  // The error of either ends both; who reads the last one hears of it.
  return pipeline(file, gunzip, () => undefined);
}
