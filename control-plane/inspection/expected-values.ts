/**
 * Compares what the WASM runtime gave for the examples with what the trainer's own library gave, row by row, in the form of /predict's
 * `predictions`. Pure. NaN equals nothing, not even NaN: a trainer that expects NaN expects what the edge never answers.
 */
import type { ManifestOutput } from "../../contract/manifest.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { elementCount, type Tensor } from "../../contract/tensor.ts";
import type { InspectionOptions, InspectionRefusal } from "./inspection.ts";

type Outcome = Result<true, Extract<InspectionRefusal, { reason: "expected_mismatch" | "examples_invalid" }>>;

/** `expected` has one entry per row: a value or an array for one output, an object by output name for several. */
export function compareExpected(
  expected: readonly unknown[],
  outputs: readonly Tensor[],
  manifestOutputs: readonly ManifestOutput[],
  tolerance: InspectionOptions["tolerance"],
): Outcome {
  for (const [row, entry] of expected.entries()) {
    const named = namedEntries(entry, outputs);
    if (named === undefined) {
      const names = outputs.map(({ name }) => name).join(", ");
      return invalid(`expected[${row}] is not an object of some of the outputs ${names}`);
    }
    for (const [name, value] of named) {
      const output = outputs.find((candidate) => candidate.name === name) as Tensor;
      const labels = manifestOutputs.find((candidate) => candidate.name === name)?.labels;
      const compared = compareRow(value, row, expected.length, output, labels, tolerance);
      if (!compared.ok) return compared;
    }
  }
  return succeed(true);
}

function namedEntries(entry: unknown, outputs: readonly Tensor[]): [string, unknown][] | undefined {
  const [only] = outputs;
  if (outputs.length === 1 && only) return [[only.name, entry]];
  if (entry === null || typeof entry !== "object") return undefined;
  const entries = Object.entries(entry);
  const isKnown = entries.length > 0 && entries.every(([name]) => outputs.some((output) => output.name === name));
  return isKnown ? entries : undefined;
}

function compareRow(
  value: unknown,
  row: number,
  rows: number,
  { name, datatype, shape, data }: Tensor,
  labels: ManifestOutput["labels"],
  tolerance: InspectionOptions["tolerance"],
): Outcome {
  const isPerRow = shape.length > 0 && shape[0] === rows;
  if (!isPerRow && rows !== 1)
    return invalid(`${name} has the shape [${shape.join(", ")}], not one entry for each of ${rows} rows`);
  const width = isPerRow ? elementCount(shape.slice(1)) : elementCount(shape);
  const values = flatValues(value, labels);
  if (values.length !== width) return invalid(`expected[${row}] has ${values.length} values for ${name}, which has ${width}`);
  for (const [column, wanted] of values.entries()) {
    const got = data[row * width + column];
    if (!isSame(got, wanted, datatype.startsWith("FP"), tolerance)) {
      const where = width === 1 ? name : `${name}[${labels?.[column] ?? column}]`;
      return fail({ reason: "expected_mismatch", row, output: where, got: String(got), expected: String(wanted) });
    }
  }
  return succeed(true);
}

function flatValues(value: unknown, labels: ManifestOutput["labels"]): unknown[] {
  if (Array.isArray(value)) return value.flat(Infinity) as unknown[];
  if (value === null || typeof value !== "object") return [value];
  const byLabel = value as Record<string, unknown>;
  return labels?.every((label) => Object.hasOwn(byLabel, label)) ? labels.map((label) => byLabel[label]) : Object.values(byLabel);
}

function isSame(
  got: unknown,
  wanted: unknown,
  isFloat: boolean,
  { absolute, relative }: InspectionOptions["tolerance"],
): boolean {
  if (isFloat) {
    return typeof wanted === "number" && Math.abs((got as number) - wanted) <= absolute + relative * Math.abs(wanted);
  }
  if (typeof got === "string") return got === wanted;
  if (typeof wanted === "boolean") return got === (wanted ? 1 : 0);
  const isInteger = typeof wanted === "bigint" || Number.isSafeInteger(wanted);
  return isInteger && BigInt(got as number | bigint) === BigInt(wanted as number | bigint);
}

const invalid = (detail: string) => fail({ reason: "examples_invalid" as const, detail });
