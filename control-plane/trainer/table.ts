/** Rows to train on, as columns of numbers. Where they come from is csv-table.ts's business. */

export interface Table {
  features: readonly string[];
  rows: number;
  /** One per feature; NaN is missing. float32, as the model will see them. */
  columns: readonly Float32Array[];
  label: Float32Array;
  /** Row weights, when there are any. */
  weight: Float32Array | undefined;
}

/** The rows from `begin` up to `end`, sharing memory with the whole. */
export function tableRows({ features, columns, label, weight }: Table, begin: number, end: number): Table {
  return {
    features,
    rows: end - begin,
    columns: columns.map((column) => column.subarray(begin, end)),
    label: label.subarray(begin, end),
    weight: weight?.subarray(begin, end),
  };
}
