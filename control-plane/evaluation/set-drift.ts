/**
 * How far the rows of an evaluation set are from a version's reference: counted into its cells by the counter that the edge counts live rows with, and
 * compared by the drift job's PSI. Features only: what the version predicts on the set is for the quality gate. Pure.
 */
import { CellCounter } from "../../contract/cell-counter.ts";
import type { Datatype } from "../../contract/datatype.ts";
import type { DriftReference } from "../../contract/drift-reference.ts";
import { DRIFT_RULE_DEFAULT } from "../../contract/drift-rule.ts";
import type { Manifest } from "../../contract/manifest.ts";
import type { Tensor } from "../../contract/tensor.ts";
import { windowLayout, type WindowFeature } from "../../contract/window-layout.ts";
import { psiOfFeature } from "../../drift-job/statistics/psi.ts";
import type { DriftEvidence } from "../gates/evidence.ts";

export class SetDrift {
  readonly #layout: WindowFeature[];
  readonly #counter: CellCounter;

  constructor(inputs: Manifest["inputs"], { prediction: _, ...reference }: DriftReference) {
    const datatypes = new Map(inputs.map(({ name, datatype }) => [name, datatype]));
    this.#layout = windowLayout(inputs, reference);
    this.#counter = new CellCounter(
      this.#layout,
      (place) => datatypes.get(place.kind === "input" ? place.input : "") as Datatype,
    );
  }

  /** A batch as the model is given it. */
  count(inputs: readonly Tensor[], rows: number): void {
    this.#counter.count(inputs, [], rows);
  }

  /** Of the rows counted since it was asked last. */
  evidence(): DriftEvidence {
    const { rows, gains } = this.#counter.drain();
    const counts = new Map<number, number>();
    for (let at = 0; at < gains.length; at += 2) counts.set(gains[at] as number, gains[at + 1] as number);
    return { rows, features: this.#layout.map((feature) => comparisonOf(feature, counts)) };
  }
}

function comparisonOf(
  { name, reference, offset, cells }: WindowFeature,
  counts: ReadonlyMap<number, number>,
): DriftEvidence["features"][number] {
  const current = Array.from({ length: cells }, (_, cell) => counts.get(offset + cell) ?? 0);
  const [referenceRows, rows] = [reference.counts, current].map((side) => side.reduce((sum, count) => sum + count, 0)) as [
    number,
    number,
  ];
  const isDefined = referenceRows > 0 && rows > 0;
  const { psiBins, psiFloor } = DRIFT_RULE_DEFAULT;
  return { feature: name, referenceRows, psi: isDefined ? psiOfFeature(reference, current, psiBins, psiFloor).psi : null };
}
