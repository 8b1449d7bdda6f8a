/**
 * The file of `register --reference`: figures as JSON (a `.json` file, e.g. examples/pm25/reference-v2.json), or the training rows themselves as CSV,
 * JSON lines (both also `.gz`) or Parquet, which are read once and leave only figures and a sample.
 */
import { basename, extname } from "node:path";
import { z } from "zod";
import { driftReference } from "../../contract/drift-reference.ts";
import { REFERENCE_SAMPLE_ROWS_MAX } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { cellValue } from "../rows/csv-cell.ts";
import { openTable } from "../rows/open-table.ts";
import type { Cell, TableFile, TableFormat, TableProblem } from "../rows/table.ts";
import type { CliFailure } from "./failure.ts";
import { readJsonFile } from "../json-file.ts";
import { ReferenceGatherer, type GatheredReference } from "../registration/reference-gatherer.ts";
import { seededRandom } from "./traffic/random.ts";

const figuresFile = driftReference.extend({ keyFeatures: driftReference.shape.keyFeatures.optional() });
const SAMPLE_SEED = 1;

const FORMATS: Record<string, TableFormat> = { csv: "csv", jsonl: "jsonl", ndjson: "jsonl", parquet: "parquet" };

/** `features`: the model's columns in order; needed for rows, not for figures. */
export async function readReferenceFile(
  path: string,
  features: readonly string[] | undefined,
): Promise<Result<GatheredReference, CliFailure>> {
  if (extname(path).toLowerCase() === ".json") return readFigures(path);
  const file = tableFile(path);
  if (file === undefined) {
    return fail({
      reason: "usage",
      detail: `--reference ${path}: a file of rows ends in .csv, .jsonl, .ndjson (each also with .gz) or .parquet, one of figures in .json`,
    });
  }
  if (features === undefined)
    return fail({ reason: "usage", detail: "a --reference of rows needs --features, or examples that name them" });
  return gather(file, features);
}

function tableFile(path: string): TableFile | undefined {
  const [, extension = "", gzip] = /\.([a-z]+)(\.gz)?$/i.exec(path) ?? [];
  const format = FORMATS[extension.toLowerCase()];
  if (format === undefined || (format === "parquet" && gzip !== undefined)) return undefined;
  return { path, format, isGzipped: gzip !== undefined };
}

async function readFigures(path: string): Promise<Result<GatheredReference, CliFailure>> {
  const json = await readJsonFile(path);
  if (!json.ok) return json;
  const parsed = figuresFile.safeParse(json.value);
  return parsed.success ? succeed(parsed.data) : fail({ reason: "file_invalid", path, detail: z.prettifyError(parsed.error) });
}

async function gather(file: TableFile, features: readonly string[]): Promise<Result<GatheredReference, CliFailure>> {
  const { path } = file;
  const gatherer = new ReferenceGatherer(features, REFERENCE_SAMPLE_ROWS_MAX, seededRandom(SAMPLE_SEED));
  const table = await openTable(
    file,
    features.map((name) => ({ name, asNumber: true })),
  );
  if (!table.ok) return fail(atFile(path, table.failure));
  let row = 0;
  for await (const block of table.value.blocks) {
    for (const cells of block) {
      if (!cells.ok) return fail(atFile(path, cells.failure));
      row++;
      const added = gatherer.add(file.format === "csv" ? cells.value.map(valueOfCell) : cells.value);
      if (!added.ok) return fail({ reason: "row_invalid", path, row, ...added.failure });
    }
  }
  const reference = gatherer.registered(basename(path));
  return reference ? succeed(reference) : fail({ reason: "file_invalid", path, detail: "it has no rows" });
}

/** A number where a CSV cell reads as one: which columns hold numbers is not known before the model is inspected. */
function valueOfCell(cell: Cell): unknown {
  if (typeof cell !== "string") return cell;
  const value = cellValue(cell, undefined);
  return value.ok ? value.value : cell;
}

function atFile(path: string, problem: TableProblem): CliFailure {
  if (problem.reason === "file") return { reason: "file_invalid", path, detail: problem.detail };
  const { row, column, detail } = problem;
  return { reason: "row_invalid", path, row, ...(column !== null && { column }), detail };
}
