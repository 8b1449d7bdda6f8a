/**
 * A packed ensemble in the memory of tree-walk.wasm, and its predictions: rows in, one number a row out, equal to onnxruntime's bit for bit. Synchronous.
 * The instance is the caller's (each runtime makes its own) and belongs to this walker until the caller gives it to another one.
 */
import { TREE_BYTES, type PackedEnsemble } from "./pack-ensemble.ts";

/** What tree-walk.wasm exports. Addresses are offsets in its memory; ops/tree-walk/ says what they do. */
export interface TreeWalk {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  walkRow(row: number, trees: number, treesEnd: number, nodes: number): number;
  walkRows(rows: number, rowsEnd: number, rowBytes: number, sums: number, trees: number, treesEnd: number, nodes: number): void;
}

/** Rows that walkRows takes at a time; fewer are walked one by one. */
export const ROWS_AT_ONCE = 8;
/** A block of rows stays in the nearest cache beside the nodes of a tree. */
const BLOCK_BYTES = 16 * 1024;
const PAGE_BYTES = 64 * 1024;

export class TreeWalker {
  readonly #walk: TreeWalk;
  readonly #columns: number;
  readonly #base: number;
  readonly #rowsPerBlock: number;
  readonly #rows: Float32Array;
  readonly #sums: Float32Array;
  readonly #trees: number;
  readonly #treesEnd: number;
  readonly #nodes: number;

  /** Throws a RangeError where the instance's memory cannot grow so far. */
  constructor(walk: TreeWalk, { columns, base, treeTable, nodeTable, trees }: PackedEnsemble) {
    const rowBytes = rowFloats(columns) * 4;
    this.#walk = walk;
    this.#columns = columns;
    this.#base = base;
    this.#rowsPerBlock = ROWS_AT_ONCE * Math.max(1, Math.floor(BLOCK_BYTES / rowBytes / ROWS_AT_ONCE));
    this.#nodes = 0;
    this.#trees = nodeTable.byteLength;
    this.#treesEnd = this.#trees + trees * TREE_BYTES;
    const sums = this.#treesEnd;
    const rows = sums + this.#rowsPerBlock * 4;
    const missingPages =
      Math.ceil((rows + this.#rowsPerBlock * rowBytes) / PAGE_BYTES) - walk.memory.buffer.byteLength / PAGE_BYTES;
    if (missingPages > 0) walk.memory.grow(missingPages);
    const { buffer } = walk.memory;
    new Uint8Array(buffer).set(nodeTable, this.#nodes);
    new Uint8Array(buffer).set(treeTable, this.#trees);
    this.#sums = new Float32Array(buffer, sums, this.#rowsPerBlock);
    this.#rows = new Float32Array(buffer, rows, this.#rowsPerBlock * rowFloats(columns));
    // The last float of each row; nothing else is ever written there.
    for (let at = 2 * columns; at < this.#rows.length; at += rowFloats(columns)) this.#rows[at] = -Infinity;
  }

  /** Predictions of `rows × columns` values in row-major order; NaN is a missing value. */
  predict(values: Float32Array): Float32Array {
    const count = values.length / this.#columns;
    if (!Number.isInteger(count)) throw new RangeError(`${values.length} values are no rows of ${this.#columns}`);
    const predictions = new Float32Array(count);
    for (let from = 0; from < count; from += this.#rowsPerBlock) {
      const length = Math.min(this.#rowsPerBlock, count - from);
      this.#writeRows(values, from, length);
      if (length < ROWS_AT_ONCE) this.#oneByOne(predictions, from, length);
      else this.#sideBySide(predictions, from, length);
    }
    return predictions;
  }

  #writeRows(values: Float32Array, from: number, length: number): void {
    const columns = this.#columns;
    const rows = this.#rows;
    let source = from * columns;
    let target = 0;
    for (let row = 0; row < length; row++, target += rowFloats(columns)) {
      for (let column = 0; column < columns; column++, source++) {
        const value = values[source] as number;
        rows[target + column] = value;
        rows[target + columns + column] = -value;
      }
    }
  }

  #oneByOne(predictions: Float32Array, from: number, length: number): void {
    const rowBytes = rowFloats(this.#columns) * 4;
    for (let row = 0; row < length; row++) {
      const address = this.#rows.byteOffset + row * rowBytes;
      const sum = this.#walk.walkRow(address, this.#trees, this.#treesEnd, this.#nodes);
      // A sum of float32, rounded as onnxruntime's is by being stored.
      predictions[from + row] = sum + this.#base;
    }
  }

  /** The block is filled up with rows of earlier calls, whose sums nobody reads. */
  #sideBySide(predictions: Float32Array, from: number, length: number): void {
    const rowBytes = rowFloats(this.#columns) * 4;
    const walked = Math.ceil(length / ROWS_AT_ONCE) * ROWS_AT_ONCE;
    const sums = this.#sums;
    sums.fill(0, 0, walked);
    const rows = this.#rows.byteOffset;
    this.#walk.walkRows(rows, rows + walked * rowBytes, rowBytes, sums.byteOffset, this.#trees, this.#treesEnd, this.#nodes);
    for (let row = 0; row < length; row++) predictions[from + row] = (sums[row] as number) + this.#base;
  }
}

/** Each column, each column negated, and -Infinity. */
const rowFloats = (columns: number): number => 2 * columns + 1;
