/** What `edgewise train` is told, as what the trainer takes: tables read, split by order and checked. */
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { TrainingJob } from "../../../contract/training-job.ts";
import type { BoostInput } from "../../trainer/boost.ts";
import { readCsvTable } from "../../trainer/csv-table.ts";
import { trainingSentence } from "../../trainer/failure.ts";
import { lossOf } from "../../trainer/loss.ts";
import { readParameters } from "../../trainer/parameters.ts";
import { tableRows, type Table } from "../../trainer/table.ts";
import type { CliFailure } from "../failure.ts";

export interface TrainOptions {
  data: string;
  label: string;
  features: string[];
  output: string;
  task: TrainingJob["task"];
  weight?: string;
  validation?: string;
  validationShare: number;
  parameter?: Record<string, string | number | boolean>;
  seed: number;
}

export async function prepareTraining(options: TrainOptions): Promise<Result<BoostInput, CliFailure>> {
  const { task, features, label, weight, parameter = {}, seed } = options;
  if (features.includes(label)) return fail({ reason: "usage", detail: `--features names the label ${label}` });
  const parameters = readParameters(parameter, options);
  if (!parameters.ok) return fail({ reason: "usage", detail: trainingSentence(parameters.failure) });
  const read = async (path: string): Promise<Result<Table, CliFailure>> => {
    const outcome = await readCsvTable(path, { features, label, weight }, lossOf(task).refuse);
    return outcome.ok
      ? succeed(outcome.value.table)
      : fail({ reason: "training_failed", detail: trainingSentence(outcome.failure) });
  };
  const data = await read(options.data);
  if (!data.ok) return data;
  if (options.validation !== undefined) {
    const validation = await read(options.validation);
    return validation.ok
      ? succeed({ fit: data.value, validation: validation.value, task, parameters: parameters.value, seed })
      : validation;
  }
  const { rows } = data.value;
  const fitRows = Math.round(rows * (1 - options.validationShare));
  if (fitRows < 2 || rows - fitRows < 1) {
    return fail({ reason: "file_invalid", path: options.data, detail: `${rows} rows with a label are too few to split` });
  }
  const [fit, validation] = [tableRows(data.value, 0, fitRows), tableRows(data.value, fitRows, rows)];
  return succeed({ fit, validation, task, parameters: parameters.value, seed });
}
