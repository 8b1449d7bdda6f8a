/** Commands that move a version to another stage: promote and rollback, and the wait until the edge serves the outcome. */
import { Option, type Command } from "commander";
import { succeed, type Result } from "../../../contract/result.ts";
import type { RolloutBody, RolloutStep } from "../../api/rollout-schemas.ts";
import { STAGES, type MoveAnswer, type Stage } from "../../api/schemas.ts";
import { parseModel, parsePositive, parseVersion } from "../arguments.ts";
import { connect, performing, type Call, type CliContext, type Outcome } from "../command.ts";
import { edgeUrl } from "../connection.ts";
import { servedGeneration } from "../edge-client.ts";
import { describeFailure, type CliFailure } from "../failure.ts";
import { formatSeconds } from "../format.ts";
import { parseSteps } from "../rollout-steps.ts";
import { rolloutView } from "../rollout-views.ts";
import { parseShare } from "../shares.ts";
import { moveView } from "../views.ts";
import { waitForEdge } from "../wait-for-edge.ts";

interface MoveOptions {
  reason: string;
  /** Absent: wait when a person watches. */
  wait?: boolean;
}

interface PromoteOptions extends MoveOptions {
  stage: Stage;
  steps?: RolloutStep[];
  countries?: string[];
  regions?: string[];
  errorMargin?: number;
  latency?: number;
  predictionDistance?: number;
  mustComparePredictions?: true;
}

export function addMoveCommands(program: Command, context: CliContext): void {
  const waitText = "wait until the edge serves the new generation, 30 s at most (default on a terminal)";

  program
    .command("promote")
    .description("move a version to production, or to another stage")
    .argument("<model>", "name of the model", parseModel)
    .argument("<version>", "e.g. v2", parseVersion)
    .addOption(new Option("--stage <stage>", "where to").choices(STAGES).default("production"))
    .requiredOption("--reason <text>", "why, for the history")
    .addOption(
      new Option("--steps <steps>", "production by steps, e.g. 1%@10m/1000,10%@30m/5000 (least duration and requests of each)")
        .argParser(parseSteps)
        .conflicts("straight"),
    )
    .option("--straight", "production at once (the default)")
    .option("--countries <codes>", "steps only for callers from these, e.g. DE,AT", parseList)
    .option("--regions <codes>", "steps only for callers from these, e.g. US-TX", parseList)
    .option("--error-margin <share>", "more errors than stable that a step allows (default: 1%)", parseShare)
    .option("--latency <ms>", "what counts as slow, a bound of the latency buckets (default: 100)", parsePositive)
    .option(
      "--prediction-distance <share>",
      "of the canary's predictions elsewhere than stable's, at most (default: 20%)",
      parseShare,
    )
    .option("--must-compare-predictions", "a step waits for a person where predictions cannot be compared")
    .option("--wait", waitText)
    .option("--no-wait", "do not wait for the edge")
    .action(
      performing<PromoteOptions>(context, async (call) => {
        const client = connect(call.options, context);
        if (!client.ok) return client;
        const [model = "", version = ""] = call.positional;
        const { stage, reason, steps } = call.options;
        if (steps !== undefined) {
          const started = await client.value.startRollout(model, version, rolloutBodyOf(call.options, steps));
          if (!started.ok) return started;
          return succeed({ json: started.value, lines: rolloutView(started.value, context.terminal.paint) });
        }
        return outcomeOfMove(call, await client.value.promote(model, version, { stage, reason }));
      }),
    );

  program
    .command("rollback")
    .description("put an earlier production version back into production")
    .argument("<model>", "name of the model", parseModel)
    .option("--to <version>", "which one (default: the production version before the current one)", parseVersion)
    .requiredOption("--reason <text>", "why, for the history")
    .option("--wait", waitText)
    .option("--no-wait", "do not wait for the edge")
    .action(
      performing<MoveOptions & { to?: string }>(context, async (call) => {
        const client = connect(call.options, context);
        if (!client.ok) return client;
        const { to, reason } = call.options;
        return outcomeOfMove(call, await client.value.rollback(call.positional[0] ?? "", { ...(to ? { to } : {}), reason }));
      }),
    );
}

function rolloutBodyOf(options: PromoteOptions, steps: RolloutStep[]): RolloutBody {
  const { reason, countries, regions, errorMargin, latency, predictionDistance, mustComparePredictions } = options;
  const isLimited = countries !== undefined || regions !== undefined;
  return {
    steps,
    reason,
    ...(isLimited ? { cohort: { ...(countries && { countries }), ...(regions && { regions }) } } : {}),
    thresholds: {
      ...(errorMargin === undefined ? {} : { errorShareMargin: errorMargin }),
      ...(latency === undefined ? {} : { latencyMs: latency }),
      ...(predictionDistance === undefined ? {} : { predictionDistanceMax: predictionDistance }),
      ...(mustComparePredictions && { mustComparePredictions }),
    },
  };
}

const parseList = (text: string): string[] => text.split(",").map((part) => part.trim().toUpperCase());

async function outcomeOfMove(
  { options, context }: Call<MoveOptions>,
  answer: Result<MoveAnswer, CliFailure>,
): Promise<Result<Outcome, CliFailure>> {
  if (!answer.ok) return answer;
  const move = answer.value;
  const { terminal, monotonicMs, surroundings } = context;
  const outcome: Outcome = { json: move, lines: moveView(move, terminal.paint) };
  const { model, generation } = move;
  if (!move.published) {
    const lastError = move.publication?.lastError ?? null;
    return succeed({ ...outcome, failure: { reason: "not_published", generation, lastError } });
  }
  const isWaiting = options.wait ?? terminal.isInteractive;
  if (generation === null || !isWaiting) return succeed(outcome);

  const url = edgeUrl(options, surroundings);
  const waited = await waitForEdge({ model, generation, served: () => servedGeneration(url, model), monotonicMs });
  if (waited.ok) {
    outcome.lines.push(`the edge serves generation ${generation} after ${formatSeconds(waited.value)}`);
    return succeed({ ...outcome, json: { ...move, edgeWaitMs: Math.round(waited.value) } });
  }
  // Nobody asked for this wait in so many words, and the move itself is done: an edge that cannot be seen from here is no failure of it.
  if (options.wait === undefined && waited.failure.reason === "unreachable") {
    outcome.lines.push(terminal.paint("yellow", `not waited for: ${describeFailure(waited.failure).sentence}`));
    return succeed(outcome);
  }
  return succeed({ ...outcome, failure: waited.failure });
}
