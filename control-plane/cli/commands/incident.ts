/** `edgewise incidents` and `edgewise incident show|note|close`: what went wrong, what happened around it, and its end. */
import { Option, type Command } from "commander";
import { succeed } from "../../../contract/result.ts";
import { INCIDENT_STATUSES, type IncidentStatus } from "../../api/incident-schemas.ts";
import { parsePositiveInteger } from "../arguments.ts";
import { connect, performing, type CliContext } from "../command.ts";
import { incidentsView, incidentView } from "../incident-views.ts";

const INCIDENTS_DEFAULT = 50;

interface CloseOptions {
  summary: string;
  cause?: string;
  action?: string[];
}

export function addIncidentCommands(program: Command, context: CliContext): void {
  const { paint } = context.terminal;

  program
    .command("incidents")
    .description("list incidents, newest first")
    .addOption(new Option("--status <status>", "only with this status").choices(INCIDENT_STATUSES))
    .option("--limit <incidents>", "incidents shown", parsePositiveInteger, INCIDENTS_DEFAULT)
    .action(
      performing<{ status?: IncidentStatus; limit: number }>(context, async ({ options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.incidents({ status: options.status, limit: options.limit });
        return answer.ok ? succeed({ json: answer.value, lines: incidentsView(answer.value, paint) }) : answer;
      }),
    );

  const incident = program.command("incident").description("show an incident, add a note, close it");

  incident
    .command("show")
    .description("show one incident with its alerts and its timeline")
    .argument("<id>", "number of the incident", toId)
    .action(
      performing(context, async ({ positional: [id = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.incident(Number(id));
        return answer.ok ? succeed({ json: answer.value, lines: incidentView(answer.value, paint) }) : answer;
      }),
    );

  incident
    .command("note")
    .description("add a note to an incident's timeline")
    .argument("<id>", "number of the incident", toId)
    .argument("<text>", "what was seen, thought or done")
    .action(
      performing(context, async ({ positional: [id = "", text = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.noteIncident(Number(id), text);
        return answer.ok ? succeed({ json: answer.value, lines: [`noted on incident ${id}`] }) : answer;
      }),
    );

  incident
    .command("close")
    .description("close an incident; the control plane writes the draft of a post-mortem")
    .argument("<id>", "number of the incident", toId)
    .requiredOption("--summary <text>", "what happened, in a few sentences")
    .option("--cause <text>", "why it happened")
    .option("--action <text>", "what is to be done so that it does not happen again; may be repeated", collect)
    .action(
      performing<CloseOptions>(context, async ({ positional: [id = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const { summary, cause, action: actions = [] } = options;
        const answer = await client.value.closeIncident(Number(id), {
          summary,
          ...(cause === undefined ? {} : { cause }),
          actions,
        });
        if (!answer.ok) return answer;
        const lines = [`closed incident ${id}`, `post-mortem draft, where the control plane runs: ${answer.value.path}`];
        return succeed({ json: answer.value, lines });
      }),
    );
}

const toId = (text: string): string => String(parsePositiveInteger(text));

const collect = (text: string, before: string[] = []): string[] => [...before, text];
