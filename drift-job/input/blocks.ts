/** A file as blocks of whole rows, decompressed on the way; only one block and what is left of the last are held. */
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { InputError } from "./input-failure.ts";
import { BLOCK_BYTES, ROW_BYTES_MAX } from "./input-limits.ts";
import type { SourceFile } from "./source-file.ts";

/** Read and decompressed at a time; less where only the beginning of a file is looked at. */
const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 10;
const QUOTE = 34;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Every block ends with a line break that ends a row: one within quotes does not (`quotes`), and one is added at the end of the file.
 * Each has memory of its own, so that it may be handed to a thread.
 * @param onBytes told of the bytes of the file as they are read, compressed ones where it is
 */
export async function* rowBlocks(
  source: SourceFile,
  quotes: "quoted" | "plain",
  onBytes: (bytes: number) => void,
  blockBytes: number = BLOCK_BYTES,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let rest: Buffer = Buffer.alloc(0);
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let isFirst = true;
  for await (const chunk of decompressed(source, Math.min(CHUNK_BYTES, blockBytes), onBytes)) {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes < blockBytes) continue;
    const text = withoutMark(Buffer.concat([rest, ...pending]), isFirst);
    isFirst = false;
    const end = endOfRows(text, quotes);
    if (end > 0) yield copyOf(text, 0, end);
    rest = text.subarray(end);
    checkRowBytes(rest, source);
    pending = [];
    pendingBytes = 0;
  }
  const text = withoutMark(Buffer.concat([rest, ...pending]), isFirst);
  if (text.length === 0) return;
  checkRowBytes(text.subarray(endOfRows(text, quotes)), source);
  yield text.at(-1) === NEWLINE
    ? copyOf(text, 0, text.length)
    : copyOf(Buffer.concat([text, Buffer.from("\n")]), 0, text.length + 1);
}

/** What is left without the end of a row may not grow for ever. */
function checkRowBytes({ length }: Buffer, { shownAs: file }: SourceFile): void {
  if (length > ROW_BYTES_MAX)
    throw new InputError({
      reason: "file_invalid",
      file,
      detail: `a row is longer than ${ROW_BYTES_MAX} bytes, or a quote is not closed`,
    });
}

/** The file's bytes. Whatever is wrong with them is told with the file's name. */
async function* decompressed(source: SourceFile, chunkBytes: number, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  const file = createReadStream(source.path, { highWaterMark: chunkBytes });
  file.on("data", (chunk) => onBytes(chunk.length));
  const stream = source.isGzip ? file.pipe(createGunzip({ chunkSize: Math.max(1024, chunkBytes) })) : file;
  if (stream !== file) file.on("error", (error) => stream.destroy(error));
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // zlib's codes begin with Z_.
    if (code?.startsWith("Z_") === true)
      throw new InputError({ reason: "file_invalid", file: source.shownAs, detail: `it is no whole gzip file (${message})` });
    throw new InputError({ reason: "source_unreadable", source: source.shownAs, detail: message });
  } finally {
    file.destroy();
  }
}

/** Index after the last line break that ends a row; 0 when there is none. */
function endOfRows(text: Buffer, quotes: "quoted" | "plain"): number {
  if (quotes === "plain" || text.indexOf(QUOTE) === -1) return text.lastIndexOf(NEWLINE) + 1;
  // A doubled quote closes and opens again, which comes to the same.
  let isQuoted = false;
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at];
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (byte === NEWLINE && !isQuoted) end = at + 1;
  }
  return end;
}

const withoutMark = (text: Buffer, isFirst: boolean): Buffer =>
  isFirst && text.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? text.subarray(BYTE_ORDER_MARK.length) : text;

const copyOf = (text: Buffer, from: number, to: number): Uint8Array<ArrayBuffer> => new Uint8Array(text.subarray(from, to));
