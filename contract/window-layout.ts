/** Where each feature's cells lie in the flat list of a drift window. Pure. */
import { columnLayout } from "./column-layout.ts";
import { cellCount, type FeatureReference } from "./drift-bins.ts";
import { PREDICTION, type DriftReference } from "./drift-reference.ts";
import type { ManifestInput } from "./manifest.ts";

/** One feature's place in the flat list of cells. */
export interface WindowFeature {
  name: string;
  reference: FeatureReference;
  /** Its cells are `offset` … `offset + cells − 1`. */
  offset: number;
  cells: number;
  /** Where its value is: a column of an input, or the one value a row of an output. */
  place: { kind: "input"; input: string; column: number; width: number } | { kind: "output"; output: string };
}

/**
 * The features of a reference in the order of the model's columns, the prediction last, with their places in the flat list. Both sides make it
 * from the same manifest, so that it need not travel.
 */
export function windowLayout(inputs: readonly ManifestInput[], reference: DriftReference): WindowFeature[] {
  const layout: WindowFeature[] = [];
  let offset = 0;
  const add = (name: string, of: FeatureReference, place: WindowFeature["place"]): void => {
    const cells = cellCount(of);
    layout.push({ name, reference: of, offset, cells, place });
    offset += cells;
  };
  for (const { input, width, names } of columnLayout(inputs).inputs) {
    for (const [column, name] of (names ?? []).entries()) {
      const of = Object.hasOwn(reference.features, name) ? reference.features[name] : undefined;
      if (of) add(name, of, { kind: "input", input: input.name, column, width });
    }
  }
  const { prediction } = reference;
  if (prediction) add(PREDICTION, prediction.reference, { kind: "output", output: prediction.output });
  return layout;
}
