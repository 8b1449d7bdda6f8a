/** `edgewise drift live|reference|reports|report`: the drift of live traffic, and the reports of every kind. Files are `edgewise drift run`. */
import { writeFile } from "node:fs/promises";
import { InvalidArgumentError, Option, type Command } from "commander";
import { HOUR_MS } from "../../../contract/drift-window.ts";
import { fail, succeed } from "../../../contract/result.ts";
import { exitCodeOf } from "../../../drift-job/exit-code.ts";
import { DRIFT_ORIGINS, type DriftOrigin } from "../../api/drift-schemas.ts";
import { parseModel, parsePositiveInteger, parseTime, parseVersion } from "../arguments.ts";
import { connect, performing, type CliContext } from "../command.ts";
import { driftReportsView, driftReportView, referenceView } from "../drift-views.ts";

const REPORTS_DEFAULT = 20;

interface LiveOptions {
  model: string;
  window: number;
  to?: string;
  region?: string;
  version?: string;
  failOnDrift?: boolean;
}
type ReferenceOptions = { model: string; version?: string; reason?: string; region?: string } & {
  from?: string;
  to?: string;
  registered?: boolean;
};

export function addLiveDriftCommands(drift: Command, context: CliContext): void {
  const { paint } = context.terminal;

  drift
    .command("live")
    .description("compare the live traffic of the last hours with the version's reference")
    .requiredOption("--model <name>", "the model", parseModel)
    .option("--window <hours>", "how far back, in whole hours, e.g. 24h", parseWindowHours, 24)
    .option("--to <time>", "end of the window, a whole hour (default: now)", parseHour)
    .option("--region <region>", "only what this data centre answered, e.g. FRA", parseRegion)
    .option("--version <version>", "the version (default: the one in production)", parseVersion)
    .option("--fail-on-drift", "end with 3 when drift is found, 4 when nothing could be judged")
    .action(
      performing<LiveOptions>(context, async ({ options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const { model, window: hours, to, region, version } = options;
        const answer = await client.value.driftLive(model, {
          hours,
          ...(to === undefined ? {} : { to }),
          ...(region === undefined ? {} : { region }),
          ...(version === undefined ? {} : { version }),
        });
        if (!answer.ok) return answer;
        if (options.failOnDrift) context.setExitCode(exitCodeOf(answer.value.report));
        return succeed({ json: answer.value, lines: driftReportView(answer.value, paint) });
      }),
    );

  drift
    .command("reference")
    .description("show the reference of live drift, make one from a window of live traffic, or go back to the registered one")
    .requiredOption("--model <name>", "the model", parseModel)
    .option("--version <version>", "the version (default: the one in production)", parseVersion)
    .option("--from <time>", "start of the window, a whole hour", parseHour)
    .option("--to <time>", "end of the window, a whole hour", parseHour)
    .option("--region <region>", "only what this data centre answered", parseRegion)
    .option("--registered", "go back to the reference in the manifest")
    .option("--reason <text>", "why; needed for a change")
    .action(
      performing<ReferenceOptions>(context, async ({ options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const { model, version, from, to, region, registered, reason } = options;
        const isChange = registered === true || from !== undefined || to !== undefined;
        const chosen = version === undefined ? {} : { version };
        if (isChange && reason === undefined)
          return fail({ reason: "usage", detail: "a change of the reference needs --reason" });
        if (isChange && !registered && (from === undefined || to === undefined))
          return fail({ reason: "usage", detail: "a reference from live traffic needs --from and --to" });
        const answer = !isChange
          ? await client.value.driftReference(model, version)
          : await client.value.setDriftReference(
              model,
              registered
                ? { registered, reason: reason as string, ...chosen }
                : {
                    from: from as string,
                    to: to as string,
                    reason: reason as string,
                    ...chosen,
                    ...(region === undefined ? {} : { region }),
                  },
            );
        return answer.ok ? succeed({ json: answer.value, lines: referenceView(answer.value, paint) }) : answer;
      }),
    );

  drift
    .command("reports")
    .description("list drift reports, newest first")
    .option("--model <name>", "only of this model", parseModel)
    .addOption(new Option("--origin <origin>", "only of this origin").choices(DRIFT_ORIGINS))
    .option("--limit <reports>", "reports shown", parsePositiveInteger, REPORTS_DEFAULT)
    .action(
      performing<{ model?: string; origin?: DriftOrigin; limit: number }>(context, async ({ options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.driftReports({ model: options.model, origin: options.origin, limit: options.limit });
        return answer.ok ? succeed({ json: answer.value, lines: driftReportsView(answer.value, paint) }) : answer;
      }),
    );

  drift
    .command("report")
    .description("one drift report")
    .command("show")
    .description("show one drift report; with --html its page is written to a file")
    .argument("<id>", "number of the report", (text: string) => String(parsePositiveInteger(text)))
    .option("--html <file>", "write the report as a self-contained HTML page")
    .action(
      performing<{ html?: string }>(context, async ({ positional: [id = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.driftReport(Number(id));
        if (!answer.ok || options.html === undefined)
          return answer.ok ? succeed({ json: answer.value, lines: driftReportView(answer.value, paint) }) : answer;
        const page = await client.value.driftReportPage(Number(id));
        if (!page.ok) return page;
        try {
          await writeFile(options.html, page.value);
        } catch (error) {
          return fail({ reason: "file_unwritable", path: options.html, detail: (error as Error).message });
        }
        return succeed({ json: answer.value, lines: [`wrote ${options.html}`] });
      }),
    );
}

/** `24h`, `7d`, or a bare number of hours. */
function parseWindowHours(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,4})([hd])?$/.exec(text) ?? [];
  const hours = Number(count) * (unit === "d" ? 24 : 1);
  if (!(hours > 0)) throw new InvalidArgumentError("a window is a whole number of hours or days, e.g. 24h or 7d");
  return hours;
}

function parseHour(text: string): string {
  const time = parseTime(text);
  if (Date.parse(time) % HOUR_MS !== 0) throw new InvalidArgumentError("windows are whole hours, e.g. 2026-11-23T10:00:00Z");
  return time;
}

function parseRegion(text: string): string {
  if (!/^([A-Z]{3}|other)$/.test(text))
    throw new InvalidArgumentError("a region is a data centre's three capital letters, or other");
  return text;
}
