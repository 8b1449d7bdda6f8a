/** `edgewise retrain …`, `edgewise retrains`, `edgewise why`: ask for a run, watch it, configure a line, and say why a version exists. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { succeed } from "../../../contract/result.ts";
import { readJsonFile } from "../../json-file.ts";
import type { RunAnswer } from "../../api/retrain-schemas.ts";
import { RUN_STATES, type RunState } from "../../retraining/run-state.ts";
import { parseModel, parsePositiveInteger, parseVersion } from "../arguments.ts";
import { connect, performing, type Call, type CliContext } from "../command.ts";
import type { ControlPlaneClient } from "../control-plane-client.ts";
import { followRun } from "../retrain/follow-run.ts";
import { configsView, configView, logView, runsView, runView, triggersView } from "../retrain-views.ts";
import { whyView } from "../why-view.ts";

const RUNS_DEFAULT = 50;
const LOG_LINES_MAX = 5000;

export function addRetrainCommands(program: Command, context: CliContext): void {
  const { paint } = context.terminal;
  const retrain = program.command("retrain").description("retrain a model line; configure and watch its runs");

  retrain
    .command("run", { isDefault: true })
    .description("ask for a run now (the default: `edgewise retrain MODEL`)")
    .argument("<model>", "name of the model", parseModel)
    .requiredOption("--reason <text>", "why; it stays with the run and with the version that it makes")
    .option("--follow", "watch the run until it is over; exit code 0 only when it made a version")
    .action(
      performing<{ reason: string; follow?: boolean }>(context, async ({ positional: [model = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const run = await client.value.retrain(model, options.reason);
        if (!run.ok) return run;
        if (options.follow) return followRun(client.value, run.value.id, options.json === true, context);
        const lines = [
          `run ${run.value.id} is ${run.value.state}`,
          `watch it with \`edgewise retrain show ${run.value.id} --follow\``,
        ];
        return succeed({ json: run.value, lines });
      }),
    );

  retrain
    .command("configure")
    .description("set how a line is retrained, from a JSON file (docs/retraining-plan.md)")
    .argument("<model>", "name of the model", parseModel)
    .argument("<file>", "the configuration")
    .requiredOption("--reason <text>", "why, for the history")
    .action(
      performing<{ reason: string }>(context, async ({ positional: [model = "", file = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const config = await readJsonFile(resolve(context.surroundings.workingDirectory, file));
        if (!config.ok) return config;
        const set = await client.value.configureRetraining(model, { config: config.value, reason: options.reason });
        if (!set.ok) return set;
        return succeed({ json: set.value, lines: [`revision ${set.value.revision} of ${model} is in force`] });
      }),
    );

  retrain
    .command("config")
    .description("show a line's configuration, or its history")
    .argument("<model>", "name of the model", parseModel)
    .option("--history", "every revision, newest first")
    .action(
      performing<{ history?: boolean }>(context, async ({ positional: [model = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        if (options.history) {
          const all = await client.value.retrainingHistory(model);
          return all.ok ? succeed({ json: all.value, lines: configsView(all.value, paint) }) : all;
        }
        const answer = await client.value.retraining(model);
        return answer.ok ? succeed({ json: answer.value, lines: configView(answer.value, paint) }) : answer;
      }),
    );

  retrain
    .command("triggers")
    .description("what each trigger would do now, and why")
    .argument("<model>", "name of the model", parseModel)
    .action(
      performing(context, async ({ positional: [model = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.retrainTriggers(model);
        return answer.ok ? succeed({ json: answer.value, lines: triggersView(answer.value, paint) }) : answer;
      }),
    );

  retrain
    .command("show")
    .description("show one run: trigger, data, trainer, comparison, outcome")
    .argument("<id>", "number of the run", toId)
    .option("--follow", "watch it until it is over; exit code 0 only when it made a version")
    .action(
      performing<{ follow?: boolean }>(context, async ({ positional: [id = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        if (options.follow) return followRun(client.value, Number(id), options.json === true, context);
        return outcomeOf(await client.value.retrainRun(Number(id)), context);
      }),
    );

  retrain
    .command("log")
    .description("what the commands of a run printed")
    .argument("<id>", "number of the run", toId)
    .action(
      performing(context, async ({ positional: [id = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.retrainLog(Number(id), { after: 0, limit: LOG_LINES_MAX });
        return answer.ok ? succeed({ json: answer.value, lines: logView(answer.value) }) : answer;
      }),
    );

  const acts = [
    ["cancel", "end a run that is queued or under way"],
    ["accept", "accept a suggestion: its run waits its turn"],
    ["dismiss", "dismiss a suggestion"],
  ] as const;
  for (const [act, description] of acts) {
    retrain
      .command(act)
      .description(description)
      .argument("<id>", "number of the run", toId)
      .requiredOption("--reason <text>", "why; it stays with the run")
      .action(
        performing<{ reason: string }>(context, async ({ positional: [id = ""], options }) => {
          const client = connect(options, context);
          if (!client.ok) return client;
          return outcomeOf(await client.value.actOnRetrain(Number(id), act, options.reason), context);
        }),
      );
  }

  program
    .command("retrains")
    .description("list retraining runs and suggestions, newest first")
    .option("--model <model>", "only of this model", parseModel)
    .addOption(new Option("--state <state>", "only in this state").choices(RUN_STATES))
    .option("--limit <runs>", "runs shown", parsePositiveInteger, RUNS_DEFAULT)
    .action(
      performing<{ model?: string; state?: RunState; limit: number }>(context, async ({ options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const { model, state, limit } = options;
        const answer = await client.value.retrains({ model, state, limit });
        return answer.ok ? succeed({ json: answer.value, lines: runsView(answer.value, paint) }) : answer;
      }),
    );

  program
    .command("why")
    .description("why a version exists: trigger, evidence, data, trainer, comparison, sign-offs, gates, releases")
    .argument("<model>", "name of the model", parseModel)
    .argument("<version>", "e.g. v2", parseVersion)
    .action(
      performing(context, async ({ positional: [model = "", version = ""], options }: Call<object>) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.why(model, version);
        return answer.ok ? succeed({ json: answer.value, lines: whyView(answer.value, paint) }) : answer;
      }),
    );
}

const toId = (text: string): string => String(parsePositiveInteger(text));

function outcomeOf(answer: Awaited<ReturnType<ControlPlaneClient["retrainRun"]>>, { terminal }: CliContext) {
  return answer.ok
    ? succeed<{ json: RunAnswer; lines: string[] }>({ json: answer.value, lines: runView(answer.value, terminal.paint) })
    : answer;
}
