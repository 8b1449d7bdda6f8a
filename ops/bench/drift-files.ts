/** The rows of `npm run bench:drift`: six features like readings of a weather station, from a seed, as CSV, Parquet and raw doubles. */
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";

/** The sizes of the job that was asked for. */
const ROWS = { reference: 9_707_201, current: 2_426_801 };
/** Middle, spread and decimals of each feature. */
const FEATURES = [
  ["PM10", 100, 90, 1],
  ["SO2", 16, 20, 1],
  ["NO2", 50, 34, 1],
  ["CO", 1200, 1100, 0],
  ["TEMP", 13.5, 11, 2],
  ["PRES", 1010, 10, 2],
] as const;
const ROWS_AT_ONCE = 50_000;

/** @returns rows of each side */
export async function writeBenchFiles(directory: string, scale: number): Promise<{ reference: number; current: number }> {
  const rows = { reference: Math.ceil(ROWS.reference * scale), current: Math.ceil(ROWS.current * scale) };
  for (const [side, seed, shift] of [
    ["reference", 1, 0],
    ["current", 2, 0.02],
  ] as const) {
    const columns = FEATURES.map(([, middle, spread, decimals], at) =>
      readings(rows[side], seed * 100 + at, middle + shift * spread, spread, decimals),
    );
    await writeCsv(join(directory, `${side}.csv`), columns);
    const columnData = FEATURES.map(([name], at) => ({ name, data: columns[at] as Float64Array, type: "DOUBLE" as const }));
    await writeFile(
      join(directory, `${side}.parquet`),
      new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 1_000_000, codec: "SNAPPY" })),
    );
    // In memory: doubles with all their digits, which no rounding makes easier to sort.
    await writeFile(join(directory, `${side}.f64`), readings(rows[side], seed * 1000, shift, 1, undefined));
  }
  return rows;
}

/** About normal: the sum of four uniform numbers of a seeded generator (mulberry32). */
function readings(count: number, seed: number, middle: number, spread: number, decimals: number | undefined): Float64Array {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const unit = decimals === undefined ? 0 : 10 ** decimals;
  const values = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    const value = middle + spread * 1.732 * (uniform() + uniform() + uniform() + uniform() - 2);
    values[at] = unit === 0 ? value : Math.round(value * unit) / unit;
  }
  return values;
}

async function writeCsv(path: string, columns: readonly Float64Array[]): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.write(`${FEATURES.map(([name]) => name).join(",")}\n`);
    const count = columns[0]?.length ?? 0;
    for (let from = 0; from < count; from += ROWS_AT_ONCE) {
      let text = "";
      for (let row = from; row < Math.min(count, from + ROWS_AT_ONCE); row++)
        text += `${columns.map((column) => column[row]).join(",")}\n`;
      await file.write(text);
    }
  } finally {
    await file.close();
  }
}
