/** Every expected way in which training fails, with its evidence, and its sentence. Pure. */

export type TrainingFailure =
  | { reason: "file_unreadable"; path: string; detail: string }
  | { reason: "job_invalid"; path: string; detail: string }
  | { reason: "parameters_invalid"; detail: string }
  | { reason: "csv_invalid"; path: string; detail: string }
  | { reason: "column_absent"; path: string; column: string; columns: string[] }
  | { reason: "value_invalid"; path: string; row: number; column: string; text: string; why: string }
  | { reason: "rows_differ"; path: string; rows: number; expected: number }
  | { reason: "weights_zero"; path: string }
  | { reason: "too_few_rows"; path: string; rows: number; min: number }
  | { reason: "file_unwritable"; path: string; detail: string };

export function trainingSentence(failure: TrainingFailure): string {
  switch (failure.reason) {
    case "file_unreadable":
      return `cannot read ${failure.path}: ${failure.detail}`;
    case "file_unwritable":
      return `cannot write ${failure.path}: ${failure.detail}`;
    case "job_invalid":
      return `${failure.path} is no training job: ${failure.detail}`;
    case "parameters_invalid":
      return `the parameters are not the trainer's: ${failure.detail}`;
    case "csv_invalid":
      return `${failure.path} is not CSV: ${failure.detail}`;
    case "column_absent":
      return `${failure.path} has no column ${failure.column}; it has ${failure.columns.join(", ")}`;
    case "value_invalid":
      return `${failure.path}, row ${failure.row}, column ${failure.column}: ${JSON.stringify(failure.text)} ${failure.why}`;
    case "rows_differ":
      return `${failure.path} has ${failure.rows} rows, and the job says ${failure.expected}`;
    case "weights_zero":
      return `the weights in ${failure.path} are all 0`;
    case "too_few_rows":
      return `${failure.path} has ${failure.rows} rows with a label, and ${failure.min} are needed`;
  }
}
