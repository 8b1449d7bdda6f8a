/** Receipts of one isolate: signs one for each row that a version answers. Counting them is the account's business, reading them feedback.ts's. */
import { versionNumber } from "../../contract/names.ts";
import { likeliest } from "../../contract/quality-sums.ts";
import { ReceiptWriter, modelReference } from "../../contract/receipt.ts";
import type { ReceiptKey } from "../../contract/receipt-key.ts";
import { isFavourable, scoredOutput, type ScoredOutput } from "../../contract/scored-output.ts";
import type { Tensor } from "../../contract/tensor.ts";
import type { LoadedVersion } from "../release/load-version.ts";
import type { Picked } from "../release/fleet.ts";
import type { Recorder } from "../metrics/recorder.ts";

export interface ReceiptIssuerOptions {
  key: ReceiptKey;
  /** 8 random bytes. */
  prefix: Uint8Array;
  validHours: number;
  recorder: Recorder | undefined;
}

/** What is worked out once per loaded version. */
interface Scoring {
  scored: ScoredOutput;
  model: number;
  versionNumber: number;
}

/** Place of each row's group in the manifest's list; undefined for a row that has none. */
export type RowGroups = readonly (number | undefined)[];

export class ReceiptIssuer {
  readonly #options: ReceiptIssuerOptions;
  readonly #writer: ReceiptWriter;
  readonly #scorings = new WeakMap<LoadedVersion, Scoring | undefined>();

  constructor(options: ReceiptIssuerOptions) {
    this.#options = options;
    this.#writer = new ReceiptWriter(options.key, options.prefix);
  }

  /** Name of the output that receipts of this version carry; undefined where it gets none. */
  scoredOutput(picked: Picked): string | undefined {
    return this.#scoring(picked)?.scored.output;
  }

  /** One receipt a row, in order; undefined where the version gets none or `outputs` lack what is scored. Counts them. */
  issue(
    picked: Picked,
    outputs: readonly Tensor[],
    rows: number,
    groups: RowGroups | undefined,
    nowMs: number,
  ): string[] | undefined {
    const scoring = this.#scoring(picked);
    if (!scoring) return undefined;
    const tensor = outputs.find(({ name }) => name === scoring.scored.output);
    if (!tensor || tensor.shape[0] !== rows) return undefined;
    const { model, versionNumber, scored } = scoring;
    const head = { model, versionNumber, issuedSeconds: Math.floor(nowMs / 1000), validHours: this.#options.validHours };
    this.#writer.begin(head);
    const data = tensor.data as ArrayLike<number>;
    const receipts: string[] = [];
    for (let row = 0; row < rows; row++) receipts.push(this.#write(scored, data, row, groups?.[row]));
    this.#count(picked, scored, data, rows, groups);
    return receipts;
  }

  #write(scored: ScoredOutput, data: ArrayLike<number>, row: number, group: number | undefined): string {
    if (scored.form === "value") return this.#writer.writeValue(Number(data[row]), group);
    const { classes, names } = scored;
    return this.#writer.writeProbabilities(data, row * classes.length, classes.length, names, group);
  }

  #scoring(picked: Picked): Scoring | undefined {
    const { loaded, model } = picked;
    if (this.#scorings.has(loaded)) return this.#scorings.get(loaded);
    const scored = scoredOutput(loaded.manifest.outputs);
    const scoring = scored && { scored, model: modelReference(model), versionNumber: versionNumber(loaded.version) };
    this.#scorings.set(loaded, scoring);
    return scoring;
  }

  #count(
    { model, loaded }: Picked,
    scored: ScoredOutput,
    data: ArrayLike<number>,
    rows: number,
    groups: RowGroups | undefined,
  ): void {
    const { recorder } = this.#options;
    const { version, manifest } = loaded;
    if (!recorder) return;
    if (!groups || !manifest.groups) return recorder.add("receipts_issued_total", { model, version, group: NO_GROUP }, rows);
    for (let row = 0; row < rows; row++) {
      const place = groups[row];
      const labels = { model, version, group: place === undefined ? NO_GROUP : (manifest.groups.names[place] as string) };
      recorder.add("receipts_issued_total", labels);
      if (place === undefined) continue;
      const { length } = scored.form === "value" ? [] : scored.classes;
      const decided = scored.form === "value" ? Number(data[row]) : likeliest(data, row * length, length);
      if (isFavourable(manifest.groups.favourable, scored, decided)) recorder.add("receipts_favourable_total", labels);
    }
  }
}

const NO_GROUP = "none";
