/** What is wrong with a row that the models cannot take, as a column and a sentence. Pure. */
import type { InstanceProblem } from "../../contract/instances.ts";

export function instanceProblemOf(problem: InstanceProblem): [column: string | null, detail: string] {
  switch (problem.reason) {
    case "value_missing":
      return [problem.feature, "it is missing, and the model takes no missing values here"];
    case "value_invalid":
      return [problem.feature, `it is ${problem.got}; the model takes ${problem.allowed}`];
    case "feature_missing":
    case "feature_unknown":
      return [problem.feature, problem.reason === "feature_missing" ? "it is absent" : "the model does not take it"];
    case "rows_fixed":
      return [null, `input ${problem.input} takes exactly ${problem.expected} rows at once`];
    case "array_shape":
      return [problem.input, problem.detail];
    case "row_not_row":
    case "row_length":
      return [null, `the row has ${problem.got}`];
    case "rows_none":
    case "rows_too_many":
    case "elements_too_many":
      return [null, `the rows are too many or none (${problem.reason})`];
  }
}
