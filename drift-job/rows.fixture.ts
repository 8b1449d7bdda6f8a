/** The same rows in every format that the job reads, for tests: numbers with ties and missing values, a category, a prediction and its truth. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { uniforms } from "./statistics/sample.fixture.ts";

export interface Row {
  smooth: number;
  coarse: number | null;
  wind: string | null;
  prediction: number;
  truth: number | null;
}

export function makeRows(count: number, seed: number, shift = 0): Row[] {
  const [u, v, w] = [uniforms(seed, count), uniforms(seed + 1, count), uniforms(seed + 2, count)] as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return Array.from(u, (value, at) => ({
    smooth: Math.round((value + (v[at] as number) + shift) * 1e6) / 1e6,
    coarse: (w[at] as number) < 0.05 ? null : Math.floor((v[at] as number) * 20),
    wind: (v[at] as number) < 0.02 ? null : (["N", "E", "S", "W, calm"][Math.floor((w[at] as number) * 4)] as string),
    prediction: Math.round(value * 1000) / 10,
    truth: (w[at] as number) > 0.97 ? null : Math.round((value + (v[at] as number) / 10) * 1000) / 10,
  }));
}

const COLUMNS = ["smooth", "coarse", "wind", "prediction", "truth"] as const;

const cell = (value: string | number | null): string =>
  value === null ? "NA" : typeof value === "number" ? String(value) : `"${value}"`;

export function delimited(rows: readonly Row[], delimiter: string, order: readonly (keyof Row)[] = COLUMNS): string {
  return `${[order.join(delimiter), ...rows.map((row) => order.map((column) => cell(row[column])).join(delimiter))].join("\n")}\n`;
}

export const jsonLines = (rows: readonly Row[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

export const parquet = (rows: readonly Row[], codec: "SNAPPY" | "UNCOMPRESSED" = "SNAPPY"): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      codec,
      rowGroupSize: 1000,
      columnData: COLUMNS.map((name) => ({
        name,
        data: rows.map((row) => row[name]),
        type: name === "wind" ? ("STRING" as const) : ("DOUBLE" as const),
        nullable: true,
      })),
    }),
  );

/** A file of `rows` rows, at most 1,000, whose second column, y, has seven values fewer than x: the writer takes a column's values by slice. */
export function parquetWithShortColumn(rows: number): Uint8Array {
  const whole = Array.from({ length: rows }, (_, row) => row);
  const short = Object.assign([...whole], { slice: () => whole.slice(7) });
  const columnData = Object.entries({ x: whole, y: short }).map(([name, data]) => ({ name, data, type: "DOUBLE" as const }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/** Writes the rows in each format; gives the paths by format. */
export async function writeFormats(directory: string, name: string, rows: readonly Row[]): Promise<Record<string, string>> {
  const files: Record<string, string | Uint8Array> = {
    csv: delimited(rows, ","),
    tsv: delimited(rows, "\t"),
    jsonl: jsonLines(rows),
    parquet: parquet(rows),
    "csv.gz": gzipSync(delimited(rows, ",")),
    "ndjson.gz": gzipSync(jsonLines(rows)),
  };
  const paths: Record<string, string> = {};
  for (const [extension, content] of Object.entries(files)) {
    const path = join(directory, `${name}.${extension}`);
    await writeFile(path, content);
    paths[extension] = path;
  }
  return paths;
}
