/**
 * Counts the rows that one version is given into the cells of its reference: at the edge as they are answered, in an evaluation as they are scored, so
 * that both counts mean the same. Typed arrays made once, nothing allocated per row; no clock and no sending (edge/drift/drift-windows.ts).
 *
 * It sees what the model sees: values in the input's datatype. So a reference's edges are rounded to that datatype as the values were.
 * Rounding keeps order (v ≤ edge implies round(v) ≤ round(edge)), hence a row falls into the cell that its unrounded value has, unless two
 * different values, one of them an edge, are one and the same to the model.
 */
import { categoryCells, type CategoricalReference, type NumericCells, type NumericReference } from "./drift-bins.ts";
import type { WindowFeature } from "./window-layout.ts";
import type { Datatype } from "./datatype.ts";
import { emptyTensorData, isWideInteger, type Tensor, type TensorData } from "./tensor.ts";
import { GuidedCells } from "./guided-cells.ts";

interface Column {
  place: WindowFeature["place"];
  /** Where its cells lie among all. */
  offset: number;
  count: CountColumn;
}

/** Adds one to `counts[offset + cell]` for every `step`th value from `from` on, `rows` of them. */
type CountColumn = (data: TensorData, from: number, step: number, rows: number, counts: Uint32Array, offset: number) => void;

export class CellCounter {
  readonly #columns: Column[];
  readonly #counts: Uint32Array;
  #rows = 0;

  constructor(layout: readonly WindowFeature[], datatypeOf: (place: WindowFeature["place"]) => Datatype) {
    this.#columns = layout.map(({ place, offset, reference }) => ({
      place,
      offset,
      count:
        reference.kind === "numeric"
          ? numberCounter(reference, datatypeOf(place))
          : categoryCounter(reference, datatypeOf(place)),
    }));
    this.#counts = new Uint32Array(layout.reduce((sum, feature) => sum + feature.cells, 0));
  }

  /** Rows counted since the last drain. */
  get rows(): number {
    return this.#rows;
  }

  /** Counts a request's rows, column by column. An output that was not asked for, or has no value per row, is passed over. */
  count(inputs: readonly Tensor[], outputs: readonly Tensor[], rows: number): void {
    for (const { place, offset, count } of this.#columns) {
      const isInput = place.kind === "input";
      const tensor = isInput ? named(inputs, place.input) : named(outputs, place.output);
      const step = isInput ? place.width : 1;
      if (tensor?.data.length !== rows * step) continue;
      count(tensor.data, isInput ? place.column : 0, step, rows, this.#counts, offset);
    }
    this.#rows += rows;
  }

  /** Pairs of cell and count since the last drain, of cells that are not 0, and begins anew. */
  drain(): { rows: number; gains: number[] } {
    const gains: number[] = [];
    for (let cell = 0; cell < this.#counts.length; cell++) {
      const count = this.#counts[cell] as number;
      if (count > 0) gains.push(cell, count);
    }
    this.#counts.fill(0);
    const rows = this.#rows;
    this.#rows = 0;
    return { rows, gains };
  }
}

function named(tensors: readonly Tensor[], name: string): Tensor | undefined {
  for (const tensor of tensors) if (tensor.name === name) return tensor;
  return undefined;
}

function numberCounter(reference: NumericReference, datatype: Datatype): CountColumn {
  const cells = new GuidedCells(roundedCells(reference, datatype));
  if (isWideInteger(datatype)) return eachBy((value) => cells.cellOf(Number(value)));
  return (data, from, step, rows, counts, offset) => cells.count(data as ArrayLike<number>, from, step, rows, counts, offset);
}

function categoryCounter(reference: CategoricalReference, datatype: Datatype): CountColumn {
  const byText = categoryCells(reference);
  const other = byText.size;
  if (datatype === "BYTES") return eachBy((text) => byText.get(text as string) ?? other);
  // A number's category is its text; found by the number, so that none is made per row.
  const byNumber = new Map([...byText].map(([category, cell]) => [Number(category), cell]));
  return eachBy((value) => {
    const number = Number(value);
    return Number.isNaN(number) ? other + 1 : (byNumber.get(number) ?? other);
  });
}

const eachBy =
  (cellOf: (value: TensorData[number]) => number): CountColumn =>
  (data, from, step, rows, counts, offset) => {
    for (let row = 0, at = from; row < rows; row++, at += step) {
      const cell = offset + cellOf(data[at] as TensorData[number]);
      counts[cell] = (counts[cell] as number) + 1;
    }
  };

function roundedCells({ min, max, edges }: NumericCells, datatype: Datatype): NumericCells {
  if (datatype !== "FP32" && datatype !== "FP16") return { min, max, edges: Float64Array.from(edges) };
  const one = emptyTensorData(datatype, 1) as Float32Array;
  const round = (value: number): number => {
    one[0] = value;
    return one[0];
  };
  return { min: round(min), max: round(max), edges: Float64Array.from(edges, round) };
}
