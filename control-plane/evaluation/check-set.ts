/** Reads a set that is being added from end to end against the features of a version: how many rows, labels and groups, and the first problems. Runs in the child process. */
import { EVALUATION_GROUPS_MAX, EVALUATION_ROWS_MAX } from "../../contract/limits.ts";
import { instanceEncoder } from "../../contract/instances.ts";
import type { CheckedSet, CheckJob, RowProblem } from "./evaluation-outcome.ts";
import { instanceProblemOf } from "./instance-problem.ts";
import { predictionOutput } from "./prediction-output.ts";
import { featureColumns, openEvaluationRows } from "./row-reader.ts";

const PROBLEMS_MAX = 20;

const problem = (row: number | null, column: string | null, detail: string): RowProblem => ({ row, column, detail });

export async function checkSet({ file, inputs, outputs, spec }: CheckJob): Promise<CheckedSet> {
  const checked: CheckedSet = { rows: 0, labelledRows: 0, groups: {}, problems: [] };
  const ofFile = (detail: string): CheckedSet => ({ ...checked, problems: [problem(null, null, detail)] });

  const output = predictionOutput({ outputs }, spec.output);
  if (!output.ok) return ofFile(output.failure);
  const isThreshold = spec.group?.favourable.kind === "threshold";
  if (spec.group && isThreshold !== (output.value.task === "regression")) {
    return ofFile(
      isThreshold
        ? "a classifier's favourable outcome is a label, not a threshold"
        : "a regressor's favourable outcome is a threshold, not a label",
    );
  }
  const columns = featureColumns(inputs);
  if (columns === undefined) return ofFile("the model's inputs are not columns with names, so no table has its rows");
  const source = await openEvaluationRows(file, columns, spec, output.value.task);
  if (!source.ok) return ofFile(source.failure.detail);

  const encode = instanceEncoder(inputs);
  const groups = new Map<string, number>();
  reading: for await (const block of source.value.blocks) {
    for (const read of block) {
      if (!read.ok) {
        checked.problems.push(
          read.failure.reason === "file"
            ? problem(null, null, read.failure.detail)
            : problem(read.failure.row, read.failure.column, read.failure.detail),
        );
        checked.rows++;
        if (checked.problems.length >= PROBLEMS_MAX) break reading;
        continue;
      }
      const { row, features, label, group } = read.value;
      checked.rows = row;
      if (row > EVALUATION_ROWS_MAX) return ofFile(`it has more than ${EVALUATION_ROWS_MAX} rows`);
      if (label !== null) checked.labelledRows++;
      if (group !== null && (groups.has(group) || groups.size <= EVALUATION_GROUPS_MAX))
        groups.set(group, (groups.get(group) ?? 0) + 1);
      const encoded = encode([features]);
      if (!encoded.ok) checked.problems.push(problem(row, ...instanceProblemOf(encoded.failure)));
      if (checked.problems.length >= PROBLEMS_MAX) break reading;
    }
  }
  if (groups.size > EVALUATION_GROUPS_MAX) {
    checked.problems.push(
      problem(null, spec.group?.column ?? null, `it has more than ${EVALUATION_GROUPS_MAX} different values: it names no groups`),
    );
  }
  return { ...checked, groups: Object.fromEntries(groups) };
}
