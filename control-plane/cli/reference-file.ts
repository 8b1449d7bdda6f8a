/**
 * The file of `register --reference`: figures as JSON (a `.json` file, e.g. examples/pm25/reference-v2.json), or the training rows themselves as CSV
 * (`.csv`) or JSON lines (`.jsonl`, `.ndjson`), which are read once and leave only figures and a sample.
 */
import { basename, extname } from "node:path";
import { z } from "zod";
import { driftReference } from "../../contract/drift-reference.ts";
import { ADMIN_BODY_BYTES_MAX, REFERENCE_SAMPLE_ROWS_MAX } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { RegistrationMetadata } from "../api/schemas.ts";
import type { CliFailure } from "./failure.ts";
import { readJsonFile } from "./json-file.ts";
import { openCsv } from "./predict/csv-rows.ts";
import { openJsonLines } from "./predict/json-rows.ts";
import type { RowSource } from "./predict/row-source.ts";
import { ReferenceGatherer } from "./reference-gatherer.ts";
import { seededRandom } from "./traffic/random.ts";

type Reference = NonNullable<RegistrationMetadata["reference"]>;

const figuresFile = driftReference.extend({ keyFeatures: driftReference.shape.keyFeatures.optional() });
const SAMPLE_SEED = 1;
/** The sample's part of the metadata, whose limit it must share with the figures of all features. */
const SAMPLE_BYTES_MAX = ADMIN_BODY_BYTES_MAX / 2;

/** `features`: the model's columns in order; needed for rows, not for figures. */
export async function readReferenceFile(
  path: string,
  features: readonly string[] | undefined,
): Promise<Result<Reference, CliFailure>> {
  const extension = extname(path).toLowerCase();
  if (extension === ".json") return readFigures(path);
  if (extension !== ".csv" && extension !== ".jsonl" && extension !== ".ndjson") {
    return fail({
      reason: "usage",
      detail: `--reference ${path}: a file of rows ends in .csv, .jsonl or .ndjson, one of figures in .json`,
    });
  }
  if (features === undefined)
    return fail({ reason: "usage", detail: "a --reference of rows needs --features, or examples that name them" });
  const source = extension === ".csv" ? await openCsv(path, undefined) : succeed(openJsonLines(path, undefined));
  return source.ok ? gather(path, source.value, features) : source;
}

async function readFigures(path: string): Promise<Result<Reference, CliFailure>> {
  const json = await readJsonFile(path);
  if (!json.ok) return json;
  const parsed = figuresFile.safeParse(json.value);
  return parsed.success ? succeed(parsed.data) : fail({ reason: "file_invalid", path, detail: z.prettifyError(parsed.error) });
}

async function gather(path: string, source: RowSource, features: readonly string[]): Promise<Result<Reference, CliFailure>> {
  const gatherer = new ReferenceGatherer(features, REFERENCE_SAMPLE_ROWS_MAX, seededRandom(SAMPLE_SEED));
  for await (const read of source.rows) {
    if (!read.ok) return read;
    const { row, instance } = read.value;
    const added = gatherer.add(instance as Record<string, unknown> | unknown[]);
    if (!added.ok) return fail({ reason: "row_invalid", path, row, ...added.failure });
  }
  if (gatherer.rows === 0) return fail({ reason: "file_invalid", path, detail: "it has no rows" });
  const { features: references, empty } = gatherer.references();
  const sample = withinBytes(gatherer.sample);
  const predicted =
    sample.length < gatherer.rows
      ? `; the prediction's from an even sample of ${sample.length} of its ${gatherer.rows} rows`
      : "";
  const without = empty.length > 0 ? `; without a value in any row: ${empty.join(", ")}` : "";
  return succeed({
    rows: gatherer.rows,
    source: `${basename(path)}${predicted}${without}`.slice(0, 1000),
    features: references,
    sample: [...sample],
  });
}

/** As many of the rows, evenly spaced, as fit. */
function withinBytes(sample: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  const bytes = Buffer.byteLength(JSON.stringify(sample));
  if (bytes <= SAMPLE_BYTES_MAX) return sample;
  const kept = Math.floor((sample.length * SAMPLE_BYTES_MAX) / bytes);
  return Array.from({ length: kept }, (_, at) => sample[Math.floor((at * sample.length) / kept)] as readonly unknown[]);
}
