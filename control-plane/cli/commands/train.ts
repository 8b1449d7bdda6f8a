/** `edgewise train`: the built-in trainer on a CSV file of one's own. Speaks to no server. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { Option, type Command } from "commander";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { boostedOnnx } from "../../trainer/boosted-onnx.ts";
import { boosting, type Boosted, type BoostInput } from "../../trainer/boost.ts";
import { collectParameter, parseNames, parseSeed, parseShare } from "../arguments.ts";
import { writeWholeFile } from "../atomic-file.ts";
import { performing, type CliContext } from "../command.ts";
import type { CliFailure } from "../failure.ts";
import { formatBytes } from "../format.ts";
import { countProgressBar } from "../progress-bar.ts";
import { fieldLines } from "../table.ts";
import { prepareTraining, type TrainOptions } from "../train/prepare-training.ts";

export function addTrainCommand(program: Command, context: CliContext): void {
  program
    .command("train")
    .description("train gradient-boosted trees on a CSV file, here and now, and write them as ONNX")
    .requiredOption("--data <file>", "CSV with a header; an empty cell, NA or NaN is missing, rows without a label are left out")
    .requiredOption("--label <column>", "what to predict")
    .requiredOption("--features <a,b,c>", "the input's columns, in order", parseNames)
    .requiredOption("--output <file>", "where the ONNX file goes")
    .addOption(
      new Option("--task <task>", "binary_classification: the label is 0 or 1, the output the probability of 1")
        .choices(["regression", "binary_classification"])
        .default("regression"),
    )
    .option("--weight <column>", "weights of the rows")
    .option("--validation <file>", "CSV to measure on; without it the last rows of --data are kept for that")
    .option("--validation-share <share>", "how many of them", parseShare, 0.2)
    .option("--parameter <name=value>", "by XGBoost's name, e.g. max_depth=6; may be repeated", collectParameter)
    .option("--seed <number>", "the same data, parameters and seed give the same bytes", parseSeed, 0)
    .action(
      performing<TrainOptions>(context, async ({ options }) => {
        const prepared = await prepareTraining(options);
        if (!prepared.ok) return prepared;
        const boosted = await runRounds(prepared.value, context);
        if (!boosted.ok) return boosted;
        const { metrics, rounds } = boosted.value;
        const bytes = boostedOnnx(boosted.value);
        const written = await writeWholeFile(options.output, async (file) => succeed(await file.writeFile(bytes)));
        if (!written.ok) return written;
        const rows = { fit: prepared.value.fit.rows, validation: prepared.value.validation.rows };
        return succeed({
          json: { output: options.output, bytes: bytes.length, rows, rounds, metrics },
          lines: [
            `${options.output}  ${formatBytes(bytes.length)}`,
            ...fieldLines([
              ["rows", `${rows.fit} to fit, ${rows.validation} to validate on`],
              [
                "trees",
                rounds.kept === rounds.run
                  ? `${rounds.kept}`
                  : `${rounds.kept} of ${rounds.run}, the best on the validation rows`,
              ],
              ...Object.entries(metrics).map(([name, value]) => [name, value.toPrecision(6)] as const),
              ["register", registerLine(options, metrics)],
            ]),
          ],
        });
      }),
    );
}

/** With a bar on the terminal; Ctrl-C is heard between rounds. */
async function runRounds(input: BoostInput, { terminal, interruption }: CliContext): Promise<Result<Boosted, CliFailure>> {
  let note = "";
  const bar = countProgressBar(terminal, input.parameters.num_boost_round, "trees", () => note);
  try {
    const rounds = boosting(input);
    for (let next = rounds.next(); ; next = rounds.next()) {
      if (next.done) return succeed(next.value);
      const { round, score, validationScore } = next.value;
      note = `validation ${score} ${validationScore.toPrecision(6)}`;
      bar.update(round);
      await nextTurn();
      if (interruption.aborted) return fail({ reason: "interrupted" });
    }
  } finally {
    bar.stop();
  }
}

const registerLine = ({ output, features }: TrainOptions, metrics: Record<string, number>): string =>
  [`edgewise register ${output} --model NAME --features ${features.join(",")} --missing nan`]
    .concat(Object.entries(metrics).map(([name, value]) => `--metric ${name}=${value.toPrecision(6)}`))
    .join(" ");
