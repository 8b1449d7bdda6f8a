/** Tables with a known pattern for the trainer's tests. Drawn from a seed. */
import { seededRandom } from "../inspection/seeded-random.ts";
import type { Table } from "./table.ts";

export interface MadeUp {
  rows: number;
  seed: number;
  /** Distinct values of each feature; few make exact cuts. */
  values?: number;
  missingShare?: number;
  isBinary?: boolean;
}

/** Three features; the label rises with the first, bends with the second, and knows nothing of the third. */
export function madeUpTable({ rows, seed, values = 1e6, missingShare = 0.1, isBinary = false }: MadeUp): Table {
  const random = seededRandom(seed);
  const columns = [0, 1, 2].map(() => new Float32Array(rows));
  const label = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const cells = columns.map(() => Math.floor(random() * values) / values);
    const signal = 3 * (cells[0] as number) + Math.sin(7 * (cells[1] as number)) + 0.3 * (random() - 0.5);
    label[row] = isBinary ? Number(signal > 1.8) : signal;
    for (const [at, column] of columns.entries()) column[row] = random() < missingShare ? NaN : (cells[at] as number);
  }
  return { features: ["rising", "bending", "idle"], rows, columns, label, weight: undefined };
}

export const rowOf = ({ columns }: Table, row: number): number[] => columns.map((column) => column[row] as number);

/** All rows one after another, as a model's input takes them. */
export const flatRows = (table: Table): Float32Array =>
  Float32Array.from(Array.from({ length: table.rows }, (_, row) => rowOf(table, row)).flat());
