/** Every way in which fetched data cannot become rows to train on, with its evidence. Types and the sentence; the checks are beside. */

export type PartName = "fit" | "validation" | "holdout";

export type DataFailure =
  | { reason: "no_data_files"; allowed: string[] }
  | { reason: "data_file_unreadable"; file: string; detail: string }
  | { reason: "time_invalid"; file: string; row: number; got: string }
  | { reason: "value_not_numeric"; file: string; row: number; column: string; got: string }
  | { reason: "label_missing"; file: string; row: number; label: string }
  | { reason: "label_not_binary"; file: string; row: number; label: string; got: string }
  | { reason: "part_without_rows"; part: PartName; from: string; to: string };

export function dataFailureSentence(failure: DataFailure): string {
  switch (failure.reason) {
    case "no_data_files":
      return `there is no data file (${failure.allowed.join(", ")})`;
    case "data_file_unreadable":
      return `${failure.file} cannot be read: ${failure.detail}`;
    case "time_invalid":
      return `${failure.file}, row ${failure.row}: ${failure.got} is not a time`;
    case "value_not_numeric":
      return `${failure.file}, row ${failure.row}, column ${failure.column}: ${failure.got} is not a number`;
    case "label_missing":
      return `${failure.file}, row ${failure.row} has no ${failure.label}: add the step drop_rows_without for it`;
    case "label_not_binary":
      return `${failure.file}, row ${failure.row}: ${failure.label} is ${failure.got}, and must be 0 or 1`;
    case "part_without_rows":
      return `the ${failure.part} rows would be those after ${failure.from} until ${failure.to}, and there are none`;
  }
}
