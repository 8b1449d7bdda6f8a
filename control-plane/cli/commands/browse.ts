/** Commands that only read the registry: models, versions, show, history, release. */
import { Option, type Command } from "commander";
import { succeed } from "../../../contract/result.ts";
import { STAGES, type Stage } from "../../api/schemas.ts";
import { parseModel, parsePositiveInteger, parseTime, parseVersion } from "../arguments.ts";
import { asked, connect, performing, type CliContext } from "../command.ts";
import { allVersions } from "../control-plane-client.ts";
import { historyView, modelsView, releaseView, versionsView, versionView } from "../views.ts";

const HISTORY_MOVES_DEFAULT = 50;

export function addBrowseCommands(program: Command, context: CliContext): void {
  const { paint } = context.terminal;

  program
    .command("models")
    .description("list the models")
    .action(
      performing(context, (call) =>
        asked(
          call,
          (client) => client.models(),
          (answer) => modelsView(answer.models, paint),
        ),
      ),
    );

  program
    .command("versions")
    .description("list a model's versions, newest first")
    .argument("<model>", "name of the model", parseModel)
    .addOption(new Option("--stage <stage>", "only of this stage").choices(STAGES))
    .option("--tag <key[=value]>", "only with this tag")
    .action(
      performing<{ stage?: Stage; tag?: string }>(context, async ({ positional: [model = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const versions = await allVersions(client.value, model, { stage: options.stage, tag: options.tag });
        if (!versions.ok) return versions;
        return succeed({ json: { versions: versions.value }, lines: versionsView(versions.value, paint) });
      }),
    );

  program
    .command("show")
    .description("show one version in full")
    .argument("<model>", "name of the model", parseModel)
    .argument("<version>", "e.g. v2", parseVersion)
    .action(
      performing(context, (call) =>
        asked(
          call,
          (client, model, version) => client.version(model, version),
          (answer) => versionView(answer, paint),
        ),
      ),
    );

  program
    .command("history")
    .description("who moved what, when and why; with --at, what was production then")
    .argument("<model>", "name of the model", parseModel)
    .option("--at <time>", "ISO time, e.g. 2026-11-23T10:00:00Z", parseTime)
    .option("--limit <moves>", "moves shown", parsePositiveInteger, HISTORY_MOVES_DEFAULT)
    .action(
      performing<{ at?: string; limit: number }>(context, (call) =>
        asked(
          call,
          (client, model) => client.history(model, { at: call.options.at, limit: call.options.limit }),
          (answer) => historyView(answer, paint),
        ),
      ),
    );

  program
    .command("release")
    .description("show a model's newest release and whether it is published")
    .argument("<model>", "name of the model", parseModel)
    .action(
      performing(context, (call) =>
        asked(
          call,
          (client, model) => client.release(model),
          (answer) => releaseView(answer, paint),
        ),
      ),
    );
}
