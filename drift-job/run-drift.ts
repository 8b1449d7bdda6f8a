/**
 * The file job from request to report: opens the sources, chooses the columns, reads them in as many passes as memory asks for, compares
 * feature by feature in threads, and hands back the report's value. Prints and writes nothing.
 */
import { availableParallelism } from "node:os";
import { Tinypool } from "tinypool";
import type { DriftReport } from "../contract/drift-report.ts";
import type { DriftRule } from "../contract/drift-rule.ts";
import { fail, succeed, type Result } from "../contract/result.ts";
import { buildReport, type ComparedFeature } from "./compare/build-report.ts";
import { compareFeature, type ColumnPair } from "./compare/compare-feature.ts";
import type { FeatureComparison } from "./compare/feature-comparison.ts";
import { chooseColumns, ERROR_COLUMN, type ChosenColumns, type ColumnChoice } from "./input/choose-columns.ts";
import type { DownloadPolicy } from "./input/download.ts";
import { fileColumns } from "./input/file-columns.ts";
import { InputError, type InputFailure } from "./input/input-failure.ts";
import { runParseTask, type ParseTask } from "./input/parse-task.ts";
import { readColumns, type Parsing, type ReadColumn, type ReadColumns, type SeenFile } from "./input/read-columns.ts";
import { openSources, type SourceFile } from "./input/source-file.ts";
import type { WantedColumn } from "./input/wanted-column.ts";

export interface DriftRequest {
  /** Paths, patterns and https URLs; the files of a side are one set of rows. */
  reference: readonly string[];
  current: readonly string[];
  columns: ColumnChoice;
  rule: DriftRule;
  download: DownloadPolicy;
  /** Values held at once. With more features than fit, the files are read again for each group of them. */
  memoryBytes: number;
  /** Threads that parse and sort; by default as many as there are processors, and none for small files. */
  threads?: number | undefined;
}

export interface DriftProgress {
  /** Bytes to read over all passes; may be told again when more is known. */
  total: (bytes: number) => void;
  read: (bytes: number) => void;
}

/** Below this the files are read sooner than threads have started. */
const THREADS_FROM_BYTES = 16 * 1024 * 1024;

/**
 * @param now the report's time
 * @returns the report without `run`, or what is wrong with the sources; throws only for a fault of its own
 */
export async function runDrift(
  request: DriftRequest,
  now: Date,
  progress: DriftProgress,
): Promise<Result<DriftReport, InputFailure>> {
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const reference = await openSources(request.reference, request.download);
    closing.push(reference.close);
    const current = await openSources(request.current, request.download);
    closing.push(current.close);
    const bytes = [...reference.files, ...current.files].reduce((sum, file) => sum + file.bytes, 0);
    const workers = threadsFor(request.threads ?? (bytes < THREADS_FROM_BYTES ? 0 : availableParallelism()));
    closing.push(workers.close);
    return succeed(await compareFiles(request, await seen(reference.files), await seen(current.files), workers, now, progress));
  } catch (error) {
    if (error instanceof InputError) return fail(error.failure);
    throw error;
  } finally {
    for (const close of closing) await close();
  }
}

async function compareFiles(
  request: DriftRequest,
  reference: readonly SeenFile[],
  current: readonly SeenFile[],
  workers: Workers,
  now: Date,
  progress: DriftProgress,
): Promise<DriftReport> {
  const first = reference[0] as SeenFile;
  const chosen = chooseColumns(first.source.shownAs, first.seen.columns, request.columns);
  const files = [...reference, ...current];
  const groups = groupsWithin(request.memoryBytes, chosen.wanted, files);
  progress.total(groups.length * files.reduce((sum, { source }) => sum + source.bytes, 0));
  const features: ComparedFeature[] = [];
  let rows = { reference: 0, current: 0 };
  for (const wanted of groups) {
    const left = await readColumns(reference, wanted, workers, progress.read);
    const right = await readColumns(current, wanted, workers, progress.read);
    rows = { reference: left.rows, current: right.rows };
    const comparisons = await Promise.all(wanted.map((_, at) => workers.compare(takePair(left, right, at))));
    for (const [at, { name }] of wanted.entries())
      features.push({ name, role: roleOf(name, request.columns), comparison: comparisons[at] as FeatureComparison });
  }
  return buildReport({
    now,
    source: {
      kind: "files",
      reference: reference.map(({ source }) => source.shownAs),
      current: current.map(({ source }) => source.shownAs),
    },
    referenceRows: rows.reference,
    currentRows: rows.current,
    features,
    rule: request.rule,
    notes: passedOverNote(chosen),
  });
}

const seen = (files: readonly SourceFile[]): Promise<SeenFile[]> =>
  Promise.all(files.map(async (source) => ({ source, seen: await fileColumns(source) })));

/** The columns in groups whose values fit into memory, at 8 bytes a row each. @throws InputError when not even one fits */
function groupsWithin(memoryBytes: number, wanted: readonly WantedColumn[], files: readonly SeenFile[]): WantedColumn[][] {
  const rowsAbout = files.reduce((sum, { seen }) => sum + seen.rowsAbout, 0);
  const columnBytes = rowsAbout * Float64Array.BYTES_PER_ELEMENT;
  if (columnBytes > memoryBytes) throw new InputError({ reason: "memory_exceeded", neededBytes: columnBytes, memoryBytes });
  const perGroup = Math.max(1, Math.floor(memoryBytes / Math.max(1, columnBytes)));
  return Array.from({ length: Math.ceil(wanted.length / perGroup) }, (_, at) => wanted.slice(at * perGroup, (at + 1) * perGroup));
}

/** Takes a feature's values out of what was read, so that nothing else holds them while they are sorted. */
function takePair(reference: ReadColumns, current: ReadColumns, at: number): ColumnPair {
  const take = ({ columns }: ReadColumns): ReadColumn =>
    columns.splice(at, 1, { kind: "numeric", pieces: [], missing: 0 })[0] as ReadColumn;
  return { reference: take(reference), current: take(current) };
}

const roleOf = (name: string, { prediction, truth }: ColumnChoice): ComparedFeature["role"] =>
  name === prediction ? "prediction" : name === ERROR_COLUMN && truth !== undefined ? "error" : "feature";

const NAMES_SHOWN = 20;
const passedOverNote = ({ passedOver }: ChosenColumns): string[] =>
  passedOver.length === 0
    ? []
    : [
        `Not compared, being neither numbers nor categories: ${passedOver.slice(0, NAMES_SHOWN).join(", ")}${passedOver.length > NAMES_SHOWN ? ` and ${passedOver.length - NAMES_SHOWN} more` : ""}.`,
      ];

interface Workers extends Parsing {
  compare: (pair: ColumnPair) => Promise<FeatureComparison>;
  close: () => Promise<unknown>;
}

/** With 0 threads, the same functions right here. */
function threadsFor(threads: number): Workers {
  if (threads === 0)
    return {
      parse: runParseTask,
      atOnce: 1,
      compare: (pair) => Promise.resolve(compareFeature(pair)),
      close: () => Promise.resolve(),
    };
  const pool = new Tinypool({
    filename: new URL("./drift-worker.ts", import.meta.url).href,
    runtime: "worker_threads",
    minThreads: threads,
    maxThreads: threads,
  });
  return {
    parse: (task: ParseTask) => pool.run(task, { name: "parse", transferList: "bytes" in task ? [task.bytes.buffer] : [] }),
    // One more than the threads, so that none waits for the next piece.
    atOnce: threads + 1,
    compare: (pair) => pool.run(pair, { name: "compare", transferList: buffersOf(pair) }),
    close: () => pool.destroy(),
  };
}

const buffersOf = ({ reference, current }: ColumnPair): ArrayBuffer[] =>
  [reference, current].flatMap((column) =>
    column.kind === "numeric" ? column.pieces.map(({ buffer }) => buffer as ArrayBuffer) : [],
  );
