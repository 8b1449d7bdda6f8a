/** Every way that reading the rows fails, with its evidence, and the sentence that a person reads. Pure. */

export type InputFailure =
  | { reason: "source_absent"; source: string }
  | { reason: "source_unreadable"; source: string; detail: string }
  | { reason: "source_refused"; source: string; detail: string }
  | { reason: "format_unknown"; source: string }
  | { reason: "too_many_files"; source: string; files: number; filesMax: number }
  | { reason: "file_empty"; file: string }
  | { reason: "file_invalid"; file: string; detail: string }
  | { reason: "row_invalid"; file: string; row: number; detail: string }
  | { reason: "cell_invalid"; file: string; row: number; column: string; value: string; detail: string }
  | { reason: "column_absent"; file: string; column: string; known: string[] }
  | { reason: "column_not_numeric"; file: string; column: string; datatype: string }
  | { reason: "column_too_various"; file: string; column: string; distinctMax: number }
  | { reason: "too_many_features"; file: string; columns: number; featuresMax: number }
  | { reason: "no_features"; file: string }
  | { reason: "memory_exceeded"; neededBytes: number; memoryBytes: number };

export function describeInputFailure(failure: InputFailure): string {
  switch (failure.reason) {
    case "source_absent":
      return `no file matches ${failure.source}`;
    case "source_unreadable":
      return `cannot read ${failure.source}: ${failure.detail}`;
    case "source_refused":
      return `will not fetch ${failure.source}: ${failure.detail}`;
    case "format_unknown":
      return `${failure.source}: its name must end in .csv, .tsv, .jsonl, .ndjson or .parquet, the first four with or without .gz`;
    case "too_many_files":
      return `${failure.source} matches ${failure.files} files, at most ${failure.filesMax} are read`;
    case "file_empty":
      return `${failure.file} is empty`;
    case "file_invalid":
      return `${failure.file}: ${failure.detail}`;
    case "row_invalid":
      return `${failure.file}, row ${failure.row}: ${failure.detail}`;
    case "cell_invalid":
      return `${failure.file}, row ${failure.row}, column ${failure.column}: ${JSON.stringify(failure.value)} ${failure.detail}`;
    case "column_absent":
      return `${failure.file} has no column ${failure.column}; it has ${listed(failure.known)}`;
    case "column_not_numeric":
      return `${failure.file}, column ${failure.column}: it holds ${failure.datatype}, not numbers; name it with --categorical if it is a category`;
    case "column_too_various":
      return `${failure.file}, column ${failure.column}: more than ${failure.distinctMax} different texts are no category`;
    case "too_many_features":
      return `${failure.file} has ${failure.columns} columns that could be features, at most ${failure.featuresMax} are compared: name them with --features`;
    case "no_features":
      return `${failure.file} has no column that could be compared: name some with --features or --categorical`;
    case "memory_exceeded":
      return `one feature needs ${mebibytes(failure.neededBytes)} MiB of values, --memory allows ${mebibytes(failure.memoryBytes)} MiB`;
  }
}

const NAMES_SHOWN = 30;
const listed = (names: readonly string[]): string =>
  names.slice(0, NAMES_SHOWN).join(", ") + (names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : "");

const mebibytes = (bytes: number): string => (bytes / 1024 ** 2).toFixed(0);

/** A failure on its way out of a stream or a thread, where a Result cannot travel. */
export class InputError extends Error {
  readonly failure: InputFailure;

  constructor(failure: InputFailure) {
    super(describeInputFailure(failure));
    this.failure = failure;
  }
}
