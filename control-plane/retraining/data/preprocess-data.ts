/**
 * From fetched files to the parts of the split, in two passes that each hold one row: the first finds the newest row, the second writes. Rows
 * later than now are left out, so that nothing from the future can be learned from.
 */
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { RetrainConfig } from "../../api/retrain-config-schema.ts";
import type { Preprocessed } from "../../api/retrain-schemas.ts";
import type { DataFailure, PartName } from "./data-failure.ts";
import { preprocessRow } from "./preprocess-row.ts";
import { readRows, sourceColumns } from "./read-rows.ts";
import { rowTimeMs, timeColumns } from "./row-time.ts";
import { isMissing, numberOf, type Row } from "./row.ts";
import { partOf, splitBounds } from "./split.ts";
import { openPart, type PartWriter } from "./write-part.ts";

export interface PreprocessJob {
  config: Pick<RetrainConfig, "time" | "split" | "features" | "label" | "weight" | "task"> & {
    preprocess: Extract<RetrainConfig["preprocess"], readonly unknown[]>;
  };
  directory: string;
  /** Names of the files in the directory, in the order in which their rows are written. */
  files: string[];
  nowMs: number;
  /** Where each part goes. */
  parts: Record<PartName, string>;
}

/** Throws only what is not the data's fault, such as a full disk. */
export async function preprocessData(job: PreprocessJob): Promise<Result<Preprocessed, DataFailure>> {
  const dropped: Record<string, number> = {};
  const drop = (what: string): void => void (dropped[what] = (dropped[what] ?? 0) + 1);
  let [rowsRead, newestMs] = [0, -Infinity];
  const first = await eachRow(
    job,
    (_, timeMs) => void (newestMs = Math.max(newestMs, timeMs)),
    () => rowsRead++,
    drop,
  );
  if (!first.ok) return first;
  const { config, parts } = job;
  const bounds = splitBounds(newestMs, config.split);
  const columns = [...config.features, config.label, ...(config.weight === undefined ? [] : [config.weight])];
  const writers = new Map<PartName, PartWriter>();
  for (const { part } of bounds) writers.set(part, await openPart(parts[part], columns));
  const second = await eachRow(job, async (row, timeMs, at) => {
    const part = partOf(timeMs, bounds);
    if (!part) return drop("before the window");
    const cells = cellsOf(row, columns, config, at);
    if (!cells.ok) return cells.failure;
    await writers.get(part.part)?.write(cells.value, timeMs);
  });
  if (!second.ok) return second;
  const written: Partial<Preprocessed> = {};
  for (const { part, afterMs, untilMs } of bounds) {
    const content = await writers.get(part)?.end();
    if (!content) return fail({ reason: "part_without_rows", part, from: isoOrDash(afterMs), to: isoOrDash(untilMs) });
    written[part] = content;
  }
  return succeed({ holdout: null, ...written, rowsRead, dropped } as Preprocessed);
}

// --- Not exported ---

interface At {
  file: string;
  row: number;
}

type RowWork = (row: Row, timeMs: number, at: At) => Promise<DataFailure | void> | DataFailure | void;

/** Every row that its time and the steps let through. */
async function eachRow(
  { config, directory, files, nowMs }: PreprocessJob,
  work: RowWork,
  onRead: () => void = () => undefined,
  onDrop: (what: string) => void = () => undefined,
): Promise<Result<void, DataFailure>> {
  const columns = sourceColumns(config);
  for (const file of files) {
    for await (const read of readRows(directory, file, columns)) {
      if (!read.ok) return read;
      const { row: raw, number: row } = read.value;
      onRead();
      const timeMs = rowTimeMs(raw, config.time);
      if (timeMs === undefined) return fail({ reason: "time_invalid", file, row, got: textsOf(raw, timeColumns(config.time)) });
      if (timeMs > nowMs) {
        onDrop("later than now");
        continue;
      }
      const outcome = preprocessRow(raw, timeMs, config.preprocess);
      if ("droppedBy" in outcome) {
        onDrop(outcome.droppedBy);
        continue;
      }
      const failure = await work(outcome.row, timeMs, { file, row });
      if (failure) return fail(failure);
    }
  }
  return succeed(undefined);
}

function cellsOf(row: Row, columns: readonly string[], config: PreprocessJob["config"], at: At): Result<string[], DataFailure> {
  const { label, task } = config;
  const cells: string[] = [];
  for (const column of columns) {
    const text = row[column] ?? "";
    if (isMissing(text)) {
      if (column === label) return fail({ reason: "label_missing", ...at, label });
      cells.push("");
      continue;
    }
    const value = numberOf(text);
    if (value === undefined) return fail({ reason: "value_not_numeric", ...at, column, got: text.slice(0, 40) });
    if (column === label && task === "binary_classification" && value !== 0 && value !== 1)
      return fail({ reason: "label_not_binary", ...at, label, got: text });
    cells.push(text);
  }
  return succeed(cells);
}

/** Without any row there is no newest one to count back from. */
const isoOrDash = (ms: number): string => (Number.isFinite(ms) ? new Date(ms).toISOString() : "-");

const textsOf = (row: Row, columns: readonly string[]): string =>
  columns
    .map((column) => row[column] ?? "")
    .join(" ")
    .slice(0, 80);
