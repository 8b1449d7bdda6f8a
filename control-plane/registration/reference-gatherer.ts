/**
 * Gathers a reference from the rows of a training set as they pass: per feature the cells and counts, and an even random sample of whole rows for the model to
 * predict. Numbers are held (8 bytes each), texts are counted. Pure but for the randomness that it is given.
 */
import type { DriftReference } from "../../contract/drift-reference.ts";
import { ADMIN_BODY_BYTES_MAX } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { RegistrationMetadata } from "../api/schemas.ts";
import { categoricalReference, numericReference } from "../../drift-job/statistics/reference-from-sample.ts";
import { sortSample } from "../../drift-job/statistics/sorted-sample.ts";

/** Different texts of one feature: what has more is an identifier, not a category. */
export const TEXTS_DISTINCT_MAX = 10_000;
const FIRST_CAPACITY = 4_096;

/** What is wrong with a row, and in which column. */
export interface RowFault {
  column: string;
  detail: string;
}

export type GatheredReference = NonNullable<RegistrationMetadata["reference"]>;

/** The sample's part of the metadata, whose limit it must share with the figures of all features. */
const SAMPLE_BYTES_MAX = ADMIN_BODY_BYTES_MAX / 2;

interface Column {
  name: string;
  /** Undefined until the first value. */
  kind: "number" | "text" | undefined;
  numbers: Float64Array;
  count: number;
  texts: Map<string, number>;
  missing: number;
}

export class ReferenceGatherer {
  readonly #columns: Column[];
  readonly #random: () => number;
  readonly #sampleMax: number;
  /** Values of sampled rows in the order of the features. */
  readonly #sample: unknown[][] = [];
  #rows = 0;

  constructor(features: readonly string[], sampleMax: number, random: () => number) {
    this.#columns = features.map((name) => ({
      name,
      kind: undefined,
      numbers: new Float64Array(FIRST_CAPACITY),
      count: 0,
      texts: new Map(),
      missing: 0,
    }));
    this.#random = random;
    this.#sampleMax = sampleMax;
  }

  get rows(): number {
    return this.#rows;
  }

  get sample(): readonly (readonly unknown[])[] {
    return this.#sample;
  }

  /** Takes a row's values in the order of the features. */
  add(row: readonly unknown[]): Result<void, RowFault> {
    // A 64-bit integer counts as the double nearest to it, as at the edge, and a sample is JSON.
    const values = row.map((value) => (typeof value === "bigint" ? Number(value) : value));
    for (const [at, column] of this.#columns.entries()) {
      const added = take(column, values[at]);
      if (!added.ok) return added;
    }
    this.#rows++;
    // Algorithm R (Vitter 1985): every row so far is in the sample with the same chance.
    if (this.#sample.length < this.#sampleMax) this.#sample.push(values);
    else {
      const place = Math.floor(this.#random() * this.#rows);
      if (place < this.#sampleMax) this.#sample[place] = values;
    }
    return succeed(undefined);
  }

  /** The reference as registration takes it; `name` says where the rows came from. Undefined of no rows. */
  registered(name: string): GatheredReference | undefined {
    if (this.#rows === 0) return undefined;
    const { features, empty } = this.references();
    const sample = withinBytes(this.#sample);
    const predicted =
      sample.length < this.#rows ? `; the prediction's from an even sample of ${sample.length} of its ${this.#rows} rows` : "";
    const without = empty.length > 0 ? `; without a value in any row: ${empty.join(", ")}` : "";
    return { rows: this.#rows, source: `${name}${predicted}${without}`.slice(0, 1000), features, sample: [...sample] };
  }

  /** Features that never had a value are left out: there is nothing to compare with. */
  references(): { features: DriftReference["features"]; empty: string[] } {
    const filled = this.#columns.filter(({ kind }) => kind !== undefined);
    return {
      features: Object.fromEntries(filled.map((column) => [column.name, referenceOf(column)])),
      empty: this.#columns.filter(({ kind }) => kind === undefined).map(({ name }) => name),
    };
  }
}

function take(column: Column, value: unknown): Result<void, RowFault> {
  const { name } = column;
  if (value === undefined) return fail({ column: name, detail: "it is absent" });
  if (value === null) {
    column.missing++;
    return succeed(undefined);
  }
  const kind = typeof value === "string" ? "text" : "number";
  const number = typeof value === "boolean" ? Number(value) : value;
  if (kind === "number" && !Number.isFinite(number))
    return fail({ column: name, detail: "it is neither a finite number nor a text" });
  column.kind ??= kind;
  if (column.kind !== kind) {
    return fail({ column: name, detail: `it is a ${kind}, and the rows before have a ${column.kind} there` });
  }
  if (kind === "text") return countText(column, value as string);
  if (column.count === column.numbers.length) {
    const larger = new Float64Array(column.numbers.length * 2);
    larger.set(column.numbers);
    column.numbers = larger;
  }
  column.numbers[column.count++] = number as number;
  return succeed(undefined);
}

function countText({ name, texts }: Column, text: string): Result<void, RowFault> {
  const before = texts.get(text);
  if (before === undefined && texts.size >= TEXTS_DISTINCT_MAX) {
    return fail({ column: name, detail: `it has more than ${TEXTS_DISTINCT_MAX} different texts, which are no categories` });
  }
  texts.set(text, (before ?? 0) + 1);
  return succeed(undefined);
}

const referenceOf = ({ kind, numbers, count, texts, missing }: Column): DriftReference["features"][string] =>
  kind === "text" ? categoricalReference(texts, missing) : numericReference(sortSample(numbers.slice(0, count)), missing);

/** As many of the rows, evenly spaced, as fit. */
function withinBytes(sample: readonly unknown[][]): readonly unknown[][] {
  const bytes = Buffer.byteLength(JSON.stringify(sample));
  if (bytes <= SAMPLE_BYTES_MAX) return sample;
  const kept = Math.floor((sample.length * SAMPLE_BYTES_MAX) / bytes);
  return Array.from({ length: kept }, (_, at) => sample[Math.floor((at * sample.length) / kept)] as unknown[]);
}
