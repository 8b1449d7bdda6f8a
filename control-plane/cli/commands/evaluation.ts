/** `edgewise evaluation add|list`: the rows that versions of a model are scored on. */
import { InvalidArgumentError, type Command } from "commander";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { EvaluationSpec, Favourable } from "../../evaluation/spec.ts";
import { parseModel } from "../arguments.ts";
import { connect, performing, type CliContext } from "../command.ts";
import type { CliFailure } from "../failure.ts";
import { setsView } from "../gate-views.ts";
import { byteProgressBar } from "../progress-bar.ts";
import { describeTableFile } from "../table-file.ts";

interface AddOptions {
  label: string;
  weight?: string;
  group?: string;
  privileged?: string;
  favourable?: Favourable;
  output?: string;
}

export function addEvaluationCommands(program: Command, context: CliContext): void {
  const { paint } = context.terminal;
  const evaluation = program.command("evaluation").description("the rows with known truth that versions are scored on");

  evaluation
    .command("add")
    .description("add an evaluation set, or replace the one of that name")
    .argument("<model>", "name of the model", parseModel)
    .argument("<name>", "name of the set, e.g. holdout")
    .argument("<file>", "rows: .csv with a header (an empty cell or NA is missing), .jsonl, either with .gz, or .parquet")
    .requiredOption("--label <column>", "the column with the truth")
    .option("--weight <column>", "a column with the rows' weights")
    .option("--group <column>", "the column that fairness is judged by")
    .option("--privileged <value>", "the value of --group that the others are compared with")
    .option(
      "--favourable <rule>",
      "which prediction is favourable: >=75 or <=75 for a number, =good for a class",
      parseFavourable,
    )
    .option("--output <name>", "the output that predicts the label (default: the probabilities, else the only number)")
    .action(
      performing<AddOptions>(context, async ({ positional: [model = "", name = "", path = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const file = await describeTableFile(path);
        if (!file.ok) return file;
        const spec = specOf(options);
        if (!spec.ok) return spec;
        const { fileBytes, format, isGzipped } = file.value;
        let isSent = false;
        const bar = byteProgressBar(context.terminal, fileBytes, () => (isSent ? "reading every row" : ""));
        const answer = await client.value.addEvaluationSet({
          model,
          name,
          path,
          fileBytes,
          metadata: { format, isGzipped, spec: spec.value },
          onProgress: (sentBytes) => {
            isSent = sentBytes >= fileBytes;
            bar.update(sentBytes);
          },
        });
        bar.stop();
        if (!answer.ok) return answer;
        const { rows, labelledRows, groups = {} } = answer.value;
        const lines = setsView([answer.value], paint);
        if (Object.keys(groups).length > 0)
          lines.push(
            "",
            `rows by group: ${Object.entries(groups)
              .map(([group, count]) => `${group} ${count}`)
              .join(", ")}`,
          );
        if (labelledRows === 0) {
          const what = rows === 0 ? "it has no rows" : "none of its rows has a label";
          lines.push("", paint("yellow", `${what}: no gate that needs it will pass`));
        }
        return succeed({ json: answer.value, lines });
      }),
    );

  evaluation
    .command("list")
    .description("list a model's evaluation sets, newest first; of a name, the first is in force")
    .argument("<model>", "name of the model", parseModel)
    .action(
      performing(context, async ({ positional: [model = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.evaluationSets(model);
        return answer.ok ? succeed({ json: answer.value, lines: setsView(answer.value.sets, paint) }) : answer;
      }),
    );
}

/** `>=75`, `<=75` or `=good`. */
export function parseFavourable(text: string): Favourable {
  const [, operator, value = ""] = /^(>=|<=|=)(.+)$/.exec(text.trim()) ?? [];
  if (operator === "=") return { kind: "label", label: value };
  const threshold = Number(value);
  if (operator === undefined || value.trim() === "" || !Number.isFinite(threshold)) {
    throw new InvalidArgumentError("expected >=NUMBER, <=NUMBER or =CLASS, e.g. '<=75'");
  }
  return { kind: "threshold", threshold, direction: operator === ">=" ? "at_least" : "at_most" };
}

function specOf({ label, weight, group, privileged, favourable, output }: AddOptions): Result<EvaluationSpec, CliFailure> {
  const given = [group, privileged, favourable].filter((value) => value !== undefined).length;
  if (given !== 0 && given !== 3) return fail({ reason: "usage", detail: "--group, --privileged and --favourable go together" });
  return succeed({
    label,
    ...(weight === undefined ? {} : { weight }),
    ...(group === undefined || privileged === undefined || favourable === undefined
      ? {}
      : { group: { column: group, privileged, favourable } }),
    ...(output === undefined ? {} : { output }),
  });
}
