/** Incidents as lines for a person. Pure: answers in, lines out. */
import type {
  IncidentAlert,
  IncidentAnswer,
  IncidentsAnswer,
  IncidentStatus,
  IncidentSummary,
  Severity,
  TimelineEntry,
} from "../api/incident-schemas.ts";
import { formatRecord, formatTime } from "./format.ts";
import { fieldLines, tableLines, type Column } from "./table.ts";
import type { Style } from "./terminal.ts";
import type { Paint } from "./views.ts";

const STATUS_STYLES: Record<IncidentStatus, Style> = { open: "red", resolved: "yellow", closed: "dim" };
const SEVERITY_STYLES: Record<Severity, Style> = { critical: "red", warning: "yellow", info: "cyan" };

export function incidentsView({ incidents, next }: IncidentsAnswer, paint: Paint): string[] {
  if (incidents.length === 0) return ["no incidents match"];
  const columns: Column<IncidentSummary>[] = [
    { title: "ID", cell: ({ id }) => String(id), align: "right" },
    { title: "STATUS", cell: ({ status }) => paint(STATUS_STYLES[status], status) },
    { title: "SEVERITY", cell: ({ severity }) => paint(SEVERITY_STYLES[severity], severity) },
    { title: "TITLE", cell: ({ title }) => title },
    { title: "MODELS", cell: ({ models }) => models.join(" ") || "-" },
    { title: "SERVICES", cell: ({ services }) => services.join(" ") || "-" },
    { title: "BEGAN", cell: ({ startedAt }) => formatTime(startedAt) },
    { title: "RESOLVED", cell: ({ resolvedAt }) => formatTime(resolvedAt) },
    { title: "CLOSED", cell: ({ closedAt }) => formatTime(closedAt) },
  ];
  const lines = tableLines(columns, incidents, (text) => paint("bold", text));
  return next === null ? lines : [...lines, "", "older incidents exist: raise --limit"];
}

export function incidentView(incident: IncidentAnswer, paint: Paint): string[] {
  const { status, severity, closedAt, closedBy } = incident;
  const fields: [string, string][] = [
    ["incident", `${incident.id}  ${paint("bold", incident.title)}`],
    ["status", paint(STATUS_STYLES[status], status)],
    ["severity", paint(SEVERITY_STYLES[severity], severity)],
    ["description", incident.description || "-"],
    ["models", incident.models.join(", ") || "-"],
    ["services", incident.services.join(", ") || "-"],
    ["began", formatTime(incident.startedAt)],
    ["opened", formatTime(incident.openedAt)],
    ["resolved", formatTime(incident.resolvedAt)],
    ["closed", closedAt === null ? "-" : `${formatTime(closedAt)} by ${closedBy ?? "-"}`],
  ];
  const runbook = new Set(incident.alerts.flatMap(({ annotations }) => annotations["runbook_url"] ?? []));
  if (runbook.size > 0) fields.push(["what to do", [...runbook].join("\n")]);
  if (incident.summary !== null) fields.push(["summary", incident.summary]);
  if (incident.cause !== null) fields.push(["cause", incident.cause]);
  if (incident.actions.length > 0) fields.push(["actions", incident.actions.join("\n")]);
  if (incident.postMortemPath !== null) fields.push(["post-mortem", incident.postMortemPath]);
  const alerts: Column<IncidentAlert>[] = [
    { title: "ALERT", cell: ({ name }) => name },
    { title: "SEVERITY", cell: ({ severity }) => paint(SEVERITY_STYLES[severity], severity) },
    { title: "FIRED", cell: ({ startsAt }) => formatTime(startsAt) },
    { title: "RESOLVED", cell: ({ endsAt }) => formatTime(endsAt) },
    { title: "LABELS", cell: ({ labels: { alertname: _, severity: __, ...labels } }) => formatRecord(labels) },
  ];
  const timeline: Column<TimelineEntry>[] = [
    { title: "AT", cell: ({ at }) => formatTime(at) },
    { title: "WHAT", cell: ({ kind }) => kind.replace("_", " ") },
    { title: "TEXT", cell: ({ text }) => text },
    { title: "BY", cell: ({ by }) => by ?? "-" },
  ];
  const bold = (text: string): string => paint("bold", text);
  return [
    ...fieldLines(fields, (text) => paint("dim", text)),
    "",
    ...tableLines(alerts, incident.alerts, bold),
    ...(incident.alertsTruncated === 0 ? [] : [`and ${incident.alertsTruncated} more that were not listed`]),
    "",
    ...tableLines(timeline, incident.timeline, bold),
    ...(incident.isTimelineCut ? ["older entries were left out"] : []),
  ];
}
