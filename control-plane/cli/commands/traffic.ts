/** `edgewise traffic`: readings at a chosen rate, with a live view of what comes back. */
import { join } from "node:path";
import type { Command } from "commander";
import { columnLayout } from "../../../contract/column-layout.ts";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { parseDurationMs, parseModel, parsePositive, parsePositiveInteger, parseSeed } from "../arguments.ts";
import { performing, type CliContext } from "../command.ts";
import { edgeUrl, type GlobalOptions } from "../connection.ts";
import { readModelMetadata } from "../edge-client.ts";
import type { CliFailure } from "../failure.ts";
import { modelColumns } from "../predict/row-source.ts";
import { runOpenLoop } from "../traffic/open-loop.ts";
import { seededRandom } from "../traffic/random.ts";
import { redraw } from "../traffic/redraw.ts";
import { predictionRequester } from "../traffic/request-prediction.ts";
import { rowsOfDictionary, rowsOfFile, type SuppliedRow } from "../traffic/row-supply.ts";
import { tally, type Tally } from "../traffic/tally.ts";
import { truthSender, type TruthOptions, type TruthSender } from "../traffic/truth.ts";
import { trafficBlock, trafficLine } from "../traffic/traffic-view.ts";

const VIEW_INTERVAL_MS = 1000;
const COLUMNS_DEFAULT = 80;

interface TrafficOptions {
  model: string;
  rate: number;
  duration?: number;
  seed: number;
  callers: number;
  file?: string;
  truth?: number;
  truthColumn?: string;
  truthError: number;
}

export function addTrafficCommand(program: Command, context: CliContext): void {
  program
    .command("traffic")
    .description("send readings to the edge at a chosen rate; Ctrl-C ends it with a summary. Fails when any request failed")
    .requiredOption("--model <name>", "name of the model", parseModel)
    .option("--rate <per second>", "requests a second, at random moments (Poisson)", parsePositive, 50)
    .option("--duration <time>", "e.g. 60s or 5m (default: until Ctrl-C)", parseDurationMs)
    .option("--seed <number>", "the same seed makes the same readings at the same moments", parseSeed, 1)
    .option("--callers <number>", "that name themselves, each of whom a canary keeps on one version", parsePositiveInteger, 1000)
    .option("--file <data.csv>", "rows to send instead of made-up readings of the example line, over and over")
    .option("--truth <time>", "send the truth of each prediction back after about this long, e.g. 10s or 1h", parseDurationMs)
    .option(
      "--truth-column <name>",
      "with --truth and --file: the column that holds it (default: it is made up around the prediction)",
    )
    .option("--truth-error <number>", "standard deviation of prediction less made-up truth", parsePositive, 20)
    .action(
      performing<TrafficOptions>(context, async ({ options }) => {
        if (options.truthColumn !== undefined && (options.truth === undefined || options.file === undefined)) {
          return fail({ reason: "usage", detail: "--truth-column goes with --truth and --file" });
        }
        const url = edgeUrl(options, context.surroundings);
        const nextRow = await openRows(url, options, context);
        if (!nextRow.ok) return nextRow;

        const { monotonicMs, interruption, terminal } = context;
        const requester = predictionRequester(url, options.model, options.truth !== undefined);
        const truths = options.truth === undefined ? undefined : truthSender(truthOptions(url, options.truth, options, context));
        // Its own stream, so that the readings and their moments stay the same however many callers there are.
        const chooseCaller = seededRandom(options.seed + 3);
        const counts = tally(options.rate, monotonicMs());
        const stopView = startView(counts, truths, options, context);
        await runOpenLoop({
          ratePerSecond: options.rate,
          durationMs: options.duration,
          // Its own stream, so that the moments stay the same whatever the rows are.
          random: seededRandom(options.seed + 1),
          tally: counts,
          monotonicMs,
          interruption,
          async request() {
            const { instance, actual } = nextRow.value();
            const { end, answered } = await requester.request(instance, `caller-${Math.floor(chooseCaller() * options.callers)}`);
            truths?.add(answered, actual);
            return end;
          },
        });
        await truths?.end();
        stopView();
        requester.close();

        const summary = counts.summary(monotonicMs());
        const truth = truths?.summary();
        const failed = summary.failed + summary.inFlight;
        return succeed({
          json: { model: options.model, seed: options.seed, ...summary, ...(truth && { truth }) },
          lines: terminal.isInteractive ? [] : trafficBlock(options.model, summary, terminal.paint, truth),
          ...(failed > 0 ? { failure: { reason: "requests_failed", failed, of: summary.requests } } : {}),
        });
      }),
    );
}

/** Asks the edge what the model takes first: a wrong name or an edge that is down ends it here, with one clear sentence. */
async function openRows(
  url: string,
  { model, file, seed, truthColumn }: TrafficOptions,
  { surroundings }: CliContext,
): Promise<Result<() => SuppliedRow, CliFailure>> {
  const metadata = await readModelMetadata(url, model, undefined, undefined);
  if (!metadata.ok) return metadata;
  if (file !== undefined) return rowsOfFile(file, modelColumns(columnLayout(metadata.value.inputs)), truthColumn);
  return rowsOfDictionary(join(surroundings.repositoryDirectory, "examples/pm25/readings.json"), seededRandom(seed));
}

/** A stream of its own, so that the readings and their moments stay the same with and without truth. */
const truthOptions = (
  edgeUrl: string,
  delayMs: number,
  { seed, truthError: errorDeviation }: TrafficOptions,
  { monotonicMs }: CliContext,
): TruthOptions => ({ edgeUrl, delayMs, errorDeviation, random: seededRandom(seed + 2), monotonicMs });

/** Draws once a second until the returned function is called, which draws the end. With --json there is nothing to draw. */
function startView(
  counts: Tally,
  truths: TruthSender | undefined,
  { model, json }: TrafficOptions & GlobalOptions,
  { terminal, monotonicMs }: CliContext,
): () => void {
  if (json) return () => undefined;
  const screen = redraw(
    (text) => void process.stdout.write(text),
    // Some terminals do not say, or say 0.
    () => process.stdout.columns || COLUMNS_DEFAULT,
  );
  const drawBlock = (): void =>
    screen.draw(trafficBlock(model, counts.summary(monotonicMs()), terminal.paint, truths?.summary()));
  const draw = terminal.isInteractive ? drawBlock : () => terminal.print(trafficLine(counts.summary(monotonicMs())));
  const timer = setInterval(draw, VIEW_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    if (terminal.isInteractive) drawBlock();
  };
}
