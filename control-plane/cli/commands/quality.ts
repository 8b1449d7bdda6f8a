/** `edgewise quality`: how good a model's predictions turned out to be, once the truth came back. */
import type { Command } from "commander";
import { succeed } from "../../../contract/result.ts";
import { parseModel, parseSpan, parseVersion } from "../arguments.ts";
import { connect, performing, type CliContext } from "../command.ts";
import { qualityView } from "../quality-view.ts";

interface QualityOptions {
  model: string;
  version?: string;
  span: string;
}

export function addQualityCommand(program: Command, context: CliContext): void {
  program
    .command("quality")
    .description("live quality by version and group, from the truth that callers sent to /feedback, beside the baseline")
    .requiredOption("--model <name>", "name of the model", parseModel)
    .option("--version <version>", "only this version", parseVersion)
    .option("--span <span>", "predictions of the last e.g. 6h or 30d, in whole hours", parseSpan, "7d")
    .action(
      performing<QualityOptions>(context, async ({ options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.quality(options.model, { version: options.version, span: options.span });
        return answer.ok ? succeed({ json: answer.value, lines: qualityView(answer.value, context.terminal.paint) }) : answer;
      }),
    );
}
