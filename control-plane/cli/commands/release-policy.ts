/** `edgewise release-policy show|set|off`: when a promotion is taken back without a person. */
import type { Command } from "commander";
import type { ReleasePolicyInput } from "../../api/rollout-schemas.ts";
import { parseDurationMs, parseModel, parsePositive, parsePositiveInteger } from "../arguments.ts";
import { asked, performing, type CliContext } from "../command.ts";
import { parseCount, parseShare } from "../shares.ts";
import { releasePolicyView } from "../rollout-views.ts";

interface SetOptions {
  bake: number;
  cooldown?: number;
  errors?: number;
  p95?: number;
  rmse?: number;
  refusals?: number;
  minRequests?: number;
  minTruths?: number;
  onAlert?: string[];
  reason: string;
}

const MINUTE_MS = 60_000;

export function addReleasePolicyCommands(program: Command, context: CliContext): void {
  const { paint } = context.terminal;
  const policy = program.command("release-policy").description("automatic rollback after a promotion");

  policy
    .command("show")
    .description("the policy of a model line, and the promotions that were watched")
    .argument("<model>", "name of the model", parseModel)
    .action(
      performing(context, (call) =>
        asked(
          call,
          (client, model) => client.releasePolicy(model),
          (answer) => releasePolicyView(answer, paint),
        ),
      ),
    );

  policy
    .command("set")
    .description("set it whole; what is not named is not judged")
    .argument("<model>", "name of the model", parseModel)
    .requiredOption("--bake <duration>", "how long a promotion is watched, e.g. 30m", parseDurationMs)
    .requiredOption("--reason <text>", "why, for the audit log")
    .option("--errors <share>", "most errors, e.g. 2%", parseShare)
    .option("--p95 <ms>", "P95 in milliseconds, one of the latency buckets' bounds", parsePositive)
    .option("--rmse <number>", "highest live RMSE", parsePositive)
    .option("--refusals <number>", "isolates that may refuse the release because of the version", parseCount)
    .option("--min-requests <number>", "before errors and P95 are judged (default: 100)", parsePositiveInteger)
    .option("--min-truths <number>", "before live RMSE is judged (default: 500)", parsePositiveInteger)
    .option("--cooldown <duration>", "after an automatic rollback, until another (default: 1h)", parseDurationMs)
    .option("--on-alert <name...>", "alerts that take the model's version back when they name the model")
    .action(
      performing<SetOptions>(context, (call) =>
        asked(
          call,
          (client, model) => client.setReleasePolicy(model, policyOf(call.options), call.options.reason),
          (answer) => releasePolicyView(answer, paint),
        ),
      ),
    );

  policy
    .command("off")
    .description("roll nothing back automatically")
    .argument("<model>", "name of the model", parseModel)
    .requiredOption("--reason <text>", "why, for the audit log")
    .action(
      performing<{ reason: string }>(context, (call) =>
        asked(
          call,
          (client, model) => client.setReleasePolicy(model, null, call.options.reason),
          (answer) => releasePolicyView(answer, paint),
        ),
      ),
    );
}

function policyOf({
  bake,
  cooldown,
  errors,
  p95,
  rmse,
  refusals,
  minRequests,
  minTruths,
  onAlert,
}: SetOptions): ReleasePolicyInput {
  return {
    bakeMinutes: bake / MINUTE_MS,
    ...(errors === undefined ? {} : { errorShareMax: errors }),
    ...(p95 === undefined ? {} : { p95MsMax: p95 }),
    ...(rmse === undefined ? {} : { rmseMax: rmse }),
    ...(refusals === undefined ? {} : { refusalsMax: refusals }),
    ...(minRequests === undefined ? {} : { requestsMin: minRequests }),
    ...(minTruths === undefined ? {} : { truthsMin: minTruths }),
    ...(cooldown === undefined ? {} : { cooldownMinutes: cooldown / MINUTE_MS }),
    ...(onAlert === undefined ? {} : { alerts: onAlert }),
  };
}
