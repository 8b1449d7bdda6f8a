/** `edgewise register`: uploads a model file, ONNX or XGBoost's own, as a new version. */
import { stat } from "node:fs/promises";
import { Option, type Command } from "commander";
import { fail, succeed } from "../../../contract/result.ts";
import { collectMetric, collectTag, parseModel, parseNames } from "../arguments.ts";
import { connect, performing, type CliContext } from "../command.ts";
import { byteProgressBar } from "../progress-bar.ts";
import { readRegistrationMetadata, type RegisterOptions } from "../registration-metadata.ts";
import { versionView } from "../views.ts";

export function addRegisterCommand(program: Command, context: CliContext): void {
  program
    .command("register")
    .description("register a model file as a new version of a model")
    .argument("<file>", "the artifact: ONNX, or XGBoost's own JSON or UBJSON, which is converted")
    .requiredOption("--model <name>", "name of the model", parseModel)
    .option("--metadata <file>", "JSON with any of description, tags, metrics, inputs, examples, expected, tolerance, stage")
    .option("--description <text>", "what is new")
    .option("--tag <key=value>", "a tag; may be repeated", collectTag)
    .option("--metric <name=number>", "a metric that the trainer measured; may be repeated", collectMetric)
    .option("--features <a,b,c>", "names of the input's columns, in order", parseNames)
    .addOption(
      new Option("--missing <how>", "whether a value may be missing, reaching the model as NaN").choices(["nan", "refused"]),
    )
    .option("--input <name>", "the ONNX input that --features and --missing speak of", "features")
    .option("--examples <file>", "JSON rows to record as golden rows, as for /predict (a list, or {features, instances})")
    .option("--expected <file>", "JSON with the trainer's own predictions for them (a list, or {predictions})")
    .option(
      "--reference <file>",
      "what live traffic is compared with: the training rows (CSV, JSON lines, also .gz, or Parquet), or figures made from them (JSON)",
    )
    .option("--key-features <a,b,c>", "whose significant drift raises an alert (default: the prediction and all)", parseNames)
    .addOption(new Option("--stage <stage>", "stage to start in (default: development)").choices(["development", "staging"]))
    .action(
      performing<RegisterOptions>(context, async ({ positional: [artifactPath = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const metadata = await readRegistrationMetadata(options);
        if (!metadata.ok) return metadata;
        let artifactBytes: number;
        try {
          artifactBytes = (await stat(artifactPath)).size;
        } catch (error) {
          return fail({ reason: "file_unreadable", path: artifactPath, detail: (error as Error).message });
        }
        let isSent = false;
        const bar = byteProgressBar(context.terminal, artifactBytes, () => (isSent ? "inspecting" : ""));
        const answer = await client.value.register({
          model: options.model,
          artifactPath,
          artifactBytes,
          metadata: metadata.value,
          onProgress: (sentBytes) => {
            isSent = sentBytes >= artifactBytes;
            bar.update(sentBytes);
          },
        });
        bar.stop();
        return answer.ok ? succeed({ json: answer.value, lines: versionView(answer.value, context.terminal.paint) }) : answer;
      }),
    );
}
