/**
 * Counts the rows that one version is given into the cells of its reference: at the edge as they are answered, in an evaluation as they are scored, so
 * that both counts mean the same. Typed arrays made once, nothing allocated per row; no clock and no sending (edge/drift/drift-windows.ts).
 *
 * It sees what the model sees: values in the input's datatype. So a reference's edges are rounded to that datatype as the values were.
 * Rounding keeps order (v ≤ edge implies round(v) ≤ round(edge)), hence a row falls into the cell that its unrounded value has, unless two
 * different values, one of them an edge, are one and the same to the model.
 */
import { categoryCells, type FeatureReference, type NumericCells } from "./drift-bins.ts";
import type { WindowFeature } from "./window-layout.ts";
import type { Datatype } from "./datatype.ts";
import { emptyTensorData, isWideInteger, type Tensor, type TensorData } from "./tensor.ts";
import { guidedCell } from "./guided-cell.ts";

interface Column {
  place: WindowFeature["place"];
  offset: number;
  cellOf: (data: TensorData, at: number) => number;
}

export class CellCounter {
  readonly #columns: Column[];
  readonly #counts: Uint32Array;
  /** The cells that are not 0, in the order in which they were met. */
  readonly #touched: Uint32Array;
  #touchedCount = 0;
  #rows = 0;

  constructor(layout: readonly WindowFeature[], datatypeOf: (place: WindowFeature["place"]) => Datatype) {
    this.#columns = layout.map(({ place, offset, reference }) => ({
      place,
      offset,
      cellOf: cellFinder(reference, datatypeOf(place)),
    }));
    const cells = layout.reduce((sum, feature) => sum + feature.cells, 0);
    this.#counts = new Uint32Array(cells);
    this.#touched = new Uint32Array(cells);
  }

  /** Rows counted since the last drain. */
  get rows(): number {
    return this.#rows;
  }

  /** Counts a request's rows. An output that was not asked for, or has no value per row, is passed over. */
  count(inputs: readonly Tensor[], outputs: readonly Tensor[], rows: number): void {
    for (const { place, offset, cellOf } of this.#columns) {
      const isInput = place.kind === "input";
      const tensor = isInput ? named(inputs, place.input) : named(outputs, place.output);
      const step = isInput ? place.width : 1;
      if (tensor?.data.length !== rows * step) continue;
      const { data } = tensor;
      let at = isInput ? place.column : 0;
      for (let row = 0; row < rows; row++, at += step) {
        const cell = offset + cellOf(data, at);
        const count = this.#counts[cell] as number;
        if (count === 0) this.#touched[this.#touchedCount++] = cell;
        this.#counts[cell] = count + 1;
      }
    }
    this.#rows += rows;
  }

  /** Pairs of cell and count since the last drain, and begins anew. */
  drain(): { rows: number; gains: number[] } {
    const gains: number[] = [];
    for (let index = 0; index < this.#touchedCount; index++) {
      const cell = this.#touched[index] as number;
      gains.push(cell, this.#counts[cell] as number);
      this.#counts[cell] = 0;
    }
    const rows = this.#rows;
    this.#touchedCount = 0;
    this.#rows = 0;
    return { rows, gains };
  }
}

function named(tensors: readonly Tensor[], name: string): Tensor | undefined {
  for (const tensor of tensors) if (tensor.name === name) return tensor;
  return undefined;
}

function cellFinder(reference: FeatureReference, datatype: Datatype): Column["cellOf"] {
  if (reference.kind === "numeric") {
    const cell = guidedCell(roundedCells(reference, datatype));
    if (isWideInteger(datatype)) return (data, at) => cell(Number(data[at]));
    return (data, at) => cell(data[at] as number);
  }
  const byText = categoryCells(reference);
  const other = byText.size;
  if (datatype === "BYTES") return (data, at) => byText.get(data[at] as string) ?? other;
  // A number's category is its text; found by the number, so that none is made per row.
  const byNumber = new Map([...byText].map(([category, cell]) => [Number(category), cell]));
  return (data, at) => {
    const value = Number(data[at]);
    return Number.isNaN(value) ? other + 1 : (byNumber.get(value) ?? other);
  };
}

function roundedCells({ min, max, edges }: NumericCells, datatype: Datatype): NumericCells {
  if (datatype !== "FP32" && datatype !== "FP16") return { min, max, edges: Float64Array.from(edges) };
  const one = emptyTensorData(datatype, 1) as Float32Array;
  const round = (value: number): number => {
    one[0] = value;
    return one[0];
  };
  return { min: round(min), max: round(max), edges: Float64Array.from(edges, round) };
}
