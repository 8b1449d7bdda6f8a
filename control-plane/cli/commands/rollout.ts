/** `edgewise rollout show|pause|resume|abort|advance` and `edgewise shadow start|stop|show`. A rollout begins with `edgewise promote --steps`. */
import { InvalidArgumentError, type Command } from "commander";
import { ROLLOUT_ACTS, type RolloutAct } from "../../api/rollout-schemas.ts";
import { parseModel, parseVersion } from "../arguments.ts";
import { asked, performing, type CliContext } from "../command.ts";
import { rolloutView, shadowView } from "../rollout-views.ts";

const ACT_TEXTS: Record<RolloutAct, string> = {
  pause: "stay at this step; a failing canary is still taken back",
  resume: "begin the step anew",
  abort: "take the canary back at once",
  advance: "go to the next step whatever the evidence says; the gates still hold",
};

export function addRolloutCommands(program: Command, context: CliContext): void {
  const { paint } = context.terminal;
  const rollout = program.command("rollout").description("look at a promotion by steps, and act on it");

  rollout
    .command("show")
    .description("the rollout under way, or the last one: steps, evidence, log")
    .argument("<model>", "name of the model", parseModel)
    .action(
      performing(context, (call) =>
        asked(
          call,
          (client, model) => client.rollout(model),
          (answer) => rolloutView(answer, paint),
        ),
      ),
    );

  for (const act of ROLLOUT_ACTS) {
    rollout
      .command(act)
      .description(ACT_TEXTS[act])
      .argument("<model>", "name of the model", parseModel)
      .requiredOption("--reason <text>", "why, for the log")
      .action(
        performing<{ reason: string }>(context, (call) =>
          asked(
            call,
            (client, model) => client.actOnRollout(model, act, call.options.reason),
            (answer) => rolloutView(answer, paint),
          ),
        ),
      );
  }
}

interface StartOptions {
  reason: string;
  tolerance: number;
  relativeTolerance: number;
}

export function addShadowCommands(program: Command, context: CliContext): void {
  const { paint } = context.terminal;
  const shadow = program.command("shadow").description("score a version on what production answers, unseen by callers");

  shadow
    .command("start")
    .description("begin; another shadow of the model ends")
    .argument("<model>", "name of the model", parseModel)
    .argument("<version>", "e.g. v3, in staging or archived", parseVersion)
    .requiredOption("--reason <text>", "why, for the audit log")
    .option("--tolerance <number>", "a number agrees within this …", parseTolerance, 0)
    .option("--relative-tolerance <share>", "… plus this share of the answer", parseTolerance, 0.1)
    .action(
      performing<StartOptions>(context, (call) => {
        const { reason, tolerance: absolute, relativeTolerance: relative } = call.options;
        return asked(
          call,
          (client, model, version) => client.startShadow(model, { version, reason, tolerance: { absolute, relative } }),
          (answer) => shadowView(answer, paint),
        );
      }),
    );

  shadow
    .command("stop")
    .description("end the shadow")
    .argument("<model>", "name of the model", parseModel)
    .requiredOption("--reason <text>", "why, for the audit log")
    .action(
      performing<{ reason: string }>(context, (call) =>
        asked(
          call,
          (client, model) => client.stopShadow(model, call.options.reason),
          (answer) => shadowView(answer, paint),
        ),
      ),
    );

  shadow
    .command("show")
    .description("what the edge has counted of the shadow")
    .argument("<model>", "name of the model", parseModel)
    .action(
      performing(context, (call) =>
        asked(
          call,
          (client, model) => client.shadow(model),
          (answer) => shadowView(answer, paint),
        ),
      ),
    );
}

function parseTolerance(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(Number.isFinite(value) && value >= 0))
    throw new InvalidArgumentError("expected a number of 0 or more");
  return value;
}
