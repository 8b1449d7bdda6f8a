/** `edgewise audit` and `edgewise audit verify`: who did what, and whether the log is as it was written. */
import type { Command } from "commander";
import { fail, succeed } from "../../../contract/result.ts";
import type { AuditAnswer } from "../../api/schemas.ts";
import type { AuditVerifyAnswer } from "../../api/webhook-schemas.ts";
import { parsePositiveInteger } from "../arguments.ts";
import { connect, performing, type CliContext, type Outcome } from "../command.ts";
import { formatTime } from "../format.ts";
import { tableLines, type Column } from "../table.ts";
import type { RegistryFileOptions } from "../verify-registry-file.ts";
import type { Paint } from "../views.ts";

interface VerifyOptions extends RegistryFileOptions {
  file?: string;
}

export function addAuditCommands(program: Command, context: CliContext): void {
  const { paint } = context.terminal;
  const audit = program.command("audit").description("who did what, when, why, in which request (admin)");

  audit
    .command("list", { isDefault: true })
    .description("the newest entries of the audit log")
    .option("--limit <entries>", "entries shown", parsePositiveInteger, 50)
    .option("--before <id>", "only entries before this one", parsePositiveInteger)
    .action(
      performing<{ limit: number; before?: number }>(context, async ({ options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.audit({ limit: options.limit, before: options.before });
        return answer.ok ? succeed({ json: answer.value, lines: auditView(answer.value, paint) }) : answer;
      }),
    );

  audit
    .command("verify")
    .description("find any changed, missing or reordered entry; with --file in a copy of the registry, without the control plane")
    .option("--file <registry.db>", "a copy of the registry's file; nothing is written to it")
    .option("--public-key <key>", "a release key's public half, base64; with --file; may be repeated", collect)
    .option("--head <audit-head.json>", "how far the log had come, from EDGEWISE_DIRECTORY; with --file")
    .action(
      performing<VerifyOptions>(context, async ({ options }) => {
        if (options.file !== undefined) {
          const { verifyRegistryFile } = await import("../verify-registry-file.ts");
          const report = await verifyRegistryFile(options.file, options);
          return report.ok ? succeed(outcomeOf(report.value, paint)) : report;
        }
        if (options.publicKey !== undefined || options.head !== undefined) {
          return fail({ reason: "usage", detail: "--public-key and --head go with --file" });
        }
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.verifyAudit();
        return answer.ok ? succeed(outcomeOf(answer.value, paint)) : answer;
      }),
    );
}

function outcomeOf(report: AuditVerifyAnswer, paint: Paint): Outcome {
  const { rows, adopted, problems } = report;
  const adoptedText = adopted === 0 ? "" : `, ${adopted} of them older than the chain and vouched for from its beginning on`;
  if (problems.length === 0)
    return { json: report, lines: [paint("green", `${rows} entries, each as it was written${adoptedText}`)] };
  const columns: Column<(typeof problems)[number]>[] = [
    { title: "ENTRY", cell: ({ id }) => String(id ?? "-"), align: "right" },
    { title: "PROBLEM", cell: ({ kind }) => paint("red", kind.replaceAll("_", " ")) },
    { title: "DETAIL", cell: ({ detail }) => detail },
  ];
  const lines = [...tableLines(columns, problems, (text) => paint("bold", text)), "", `${rows} entries${adoptedText}`];
  return { json: report, lines, failure: { reason: "audit_broken", problems: problems.length } };
}

function auditView({ entries, next }: AuditAnswer, paint: Paint): string[] {
  const columns: Column<AuditAnswer["entries"][number]>[] = [
    { title: "ID", cell: ({ id }) => String(id), align: "right" },
    { title: "AT", cell: ({ at }) => formatTime(at) },
    { title: "BY", cell: ({ actor }) => actor.name },
    { title: "ACT", cell: ({ act }) => act },
    { title: "MODEL", cell: ({ model }) => model ?? "-" },
    { title: "VERSION", cell: ({ version }) => version ?? "-" },
    { title: "REASON", cell: ({ reason }) => reason ?? "-" },
    { title: "REQUEST", cell: ({ requestId }) => requestId },
  ];
  const lines = tableLines(columns, entries, (text) => paint("bold", text));
  return next === null ? lines : [...lines, "", `older entries exist: --before ${next}`];
}

const collect = (text: string, before: string[] = []): string[] => [...before, text];
