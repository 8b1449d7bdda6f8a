/** `edgewise webhook add|list|remove|test`: who is told of releases and gates. */
import { Option, type Command } from "commander";
import { succeed } from "../../../contract/result.ts";
import { WEBHOOK_FORMATS, type WebhookAnswer } from "../../api/webhook-schemas.ts";
import { parseNames } from "../arguments.ts";
import { connect, performing, type CliContext } from "../command.ts";
import { formatTime } from "../format.ts";
import { tableLines, type Column } from "../table.ts";
import type { Paint } from "../views.ts";

interface AddOptions {
  name: string;
  format: (typeof WEBHOOK_FORMATS)[number];
  events?: string[];
}

export function addWebhookCommands(program: Command, context: CliContext): void {
  const { paint } = context.terminal;
  const webhook = program.command("webhook").description("tell other systems of releases and gates (admin)");

  webhook
    .command("add")
    .description("add a webhook; its signing secret is shown this once")
    .argument("<url>", "https:// address on the public internet")
    .requiredOption("--name <text>", "who it is for")
    .addOption(
      new Option("--format <format>", "signed JSON, or what Slack's incoming webhooks take")
        .choices(WEBHOOK_FORMATS)
        .default("edgewise"),
    )
    .option("--events <a,b,c>", "acts of the audit log, e.g. promote,rollback,gate_run (default: all)", parseNames)
    .action(
      performing<AddOptions>(context, async ({ positional: [url = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const { name, format, events } = options;
        const answer = await client.value.addWebhook({ name, url, format, events: events ?? ["*"] });
        if (!answer.ok) return answer;
        const { secret, id } = answer.value;
        return succeed({
          json: answer.value,
          lines: [secret, paint("dim", `webhook ${id}; its secret is shown this once only`)],
        });
      }),
    );

  webhook
    .command("list")
    .description("list the webhooks with how their newest delivery went")
    .action(
      performing(context, async ({ options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.webhooks();
        return answer.ok ? succeed({ json: answer.value, lines: webhooksView(answer.value.webhooks, paint) }) : answer;
      }),
    );

  for (const [name, description, done] of [
    ["remove", "remove a webhook; what is still to be sent to it is given up", "removed"],
    ["test", "send a test event; `edgewise webhook list` says how it went", "a test is on its way to"],
  ] as const) {
    webhook
      .command(name)
      .description(description)
      .argument("<id>", "id of the webhook, from `edgewise webhook list`")
      .action(
        performing(context, async ({ positional: [id = ""], options }) => {
          const client = connect(options, context);
          if (!client.ok) return client;
          const answer = await (name === "remove" ? client.value.removeWebhook(id) : client.value.testWebhook(id));
          return answer.ok ? succeed({ json: answer.value, lines: [`${done} "${answer.value.name}"`] }) : answer;
        }),
      );
  }
}

function webhooksView(webhooks: readonly WebhookAnswer[], paint: Paint): string[] {
  if (webhooks.length === 0) return ["no webhooks: `edgewise webhook add <url> --name <text>` adds one"];
  const columns: Column<WebhookAnswer>[] = [
    { title: "ID", cell: ({ id }) => id },
    { title: "NAME", cell: ({ name }) => name },
    { title: "URL", cell: ({ url }) => url },
    { title: "FORMAT", cell: ({ format }) => format },
    { title: "EVENTS", cell: ({ events }) => events.join(" ") },
    { title: "NEWEST DELIVERY", cell: ({ deliveries: [newest] }) => newestText(newest, paint) },
  ];
  return tableLines(columns, webhooks, (text) => paint("bold", text));
}

function newestText(newest: WebhookAnswer["deliveries"][number] | undefined, paint: Paint): string {
  if (newest === undefined) return "-";
  const { event, state, attempts, lastError, createdAt } = newest;
  const style = state === "delivered" ? "green" : state === "pending" ? "yellow" : "red";
  return `${event} ${formatTime(createdAt)} ${paint(style, state.replace("_", " "))}${lastError === null ? "" : ` (${attempts}: ${lastError})`}`;
}
