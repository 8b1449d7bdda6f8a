/**
 * Rows of a Parquet file, one row group at a time. hyparquet reads the format and snappy; the other codecs are zlib's own. Flat columns of numbers,
 * booleans and texts; null is a missing value, and so is NaN, which is how pandas writes one.
 */
import { open, type FileHandle } from "node:fs/promises";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import {
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type AsyncBuffer,
  type Compressors,
  type DecodedArray,
  type FileMetaData,
} from "hyparquet";
import { TABLE_ROW_GROUP_BYTES_MAX } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { placesOf, type Cell, type Table, type TableFile, type TableProblem, type WantedColumn } from "./table.ts";

const BLOCK_ROWS = 2048;

export async function openParquetTable(
  { path }: TableFile,
  wanted: readonly WantedColumn[],
): Promise<Result<Table, TableProblem>> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    return fail({ reason: "file", detail: (error as Error).message });
  }
  try {
    const buffer = await asyncBuffer(file);
    const metadata = await parquetMetadataAsync(buffer);
    const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
    const places = placesOf(columns, wanted);
    if (!places.ok) {
      await file.close();
      return places;
    }
    const large = metadata.row_groups.find(({ total_byte_size: bytes }) => !(Number(bytes) <= TABLE_ROW_GROUP_BYTES_MAX));
    if (large) {
      await file.close();
      const detail = `a row group has ${large.total_byte_size} bytes, over the limit of ${TABLE_ROW_GROUP_BYTES_MAX}: write smaller row groups`;
      return fail({ reason: "file", detail });
    }
    const names = wanted.map(({ name }) => name);
    return succeed({ columns, blocks: blocksOf(file, buffer, metadata, names) });
  } catch (error) {
    await file.close();
    return fail({ reason: "file", detail: `it is no Parquet file that can be read: ${(error as Error).message}` });
  }
}

async function* blocksOf(
  handle: FileHandle,
  file: AsyncBuffer,
  metadata: FileMetaData,
  wanted: readonly string[],
): AsyncGenerator<Result<Cell[], TableProblem>[]> {
  let rowStart = 0;
  try {
    const names = [...new Set(wanted)];
    const scan = await parquetScan({ file, metadata, columns: names, compressors: COMPRESSORS });
    for (const { num_rows } of metadata.row_groups) {
      const rows = Number(num_rows);
      const rowEnd = rowStart + rows;
      const columns = new Map<string, DecodedArray>();
      for (const name of names) {
        const values = await scan.readColumn({ column: name, rowStart, rowEnd });
        // The rest of a column that ends too soon would read as missing values.
        if (values.length !== rows) throw new Error(`column ${name} has ${values.length} of ${rows} rows`);
        columns.set(name, values);
      }
      for (let from = 0; from < rows; from += BLOCK_ROWS) {
        const length = Math.min(BLOCK_ROWS, rows - from);
        yield Array.from({ length }, (_, at) => succeed(wanted.map((name) => cellOf(columns.get(name)?.[from + at]))));
      }
      rowStart = rowEnd;
    }
  } catch (error) {
    yield [fail({ reason: "file", detail: `rows from ${rowStart + 1} on cannot be read: ${(error as Error).message}` })];
  } finally {
    await handle.close();
  }
}

const cellOf = (value: unknown): Cell => (value === undefined || Number.isNaN(value) ? null : value);

/** A page says how large it is unpacked; what would be larger is refused instead of unpacked. */
const COMPRESSORS: Compressors = {
  GZIP: (input, maxOutputLength) => gunzipSync(input, { maxOutputLength }),
  ZSTD: (input, maxOutputLength) => zstdDecompressSync(input, { maxOutputLength }),
  BROTLI: (input, maxOutputLength) => brotliDecompressSync(input, { maxOutputLength }),
};

async function asyncBuffer(file: FileHandle): Promise<AsyncBuffer> {
  const { size } = await file.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
      await file.read(bytes, 0, bytes.byteLength, start);
      return bytes.buffer;
    },
  };
}
