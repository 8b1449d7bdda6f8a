/** The draft of an incident's post-mortem, as Markdown: what is known filled in, what only people know left as a question. Pure. */
import type { IncidentAnswer, TimelineEntry } from "../api/incident-schemas.ts";

/** `2026-11-23-incident-7-higherrorrate.md`: names no folder, whatever the incident's title holds. */
export function postMortemName({ id, title, openedAt }: Pick<IncidentAnswer, "id" | "title" | "openedAt">): string {
  const words = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const slug = words.slice(0, 60).replaceAll(/^-+|-+$/g, "");
  return `${openedAt.slice(0, 10)}-incident-${id}${slug === "" ? "" : `-${slug}`}.md`;
}

/** `incident` is as it is once closed. */
export function postMortem(incident: IncidentAnswer): string {
  const { id, title, startedAt, openedAt, resolvedAt, closedAt, closedBy } = incident;
  const over = resolvedAt ?? closedAt ?? openedAt;
  const rows: [string, string][] = [
    ["Severity", incident.severity],
    ["Began", time(startedAt)],
    ["Opened", time(openedAt)],
    ["Resolved", resolvedAt === null ? "not when it was closed" : time(resolvedAt)],
    ["Closed", closedAt === null ? "-" : `${time(closedAt)} by ${inline(closedBy ?? "-")}`],
    ["Lasted", duration(Date.parse(over) - Date.parse(startedAt))],
    ["Models", incident.models.map(inline).join(", ") || "-"],
    ["Services", incident.services.map(inline).join(", ") || "-"],
  ];
  const alerts = incident.alerts.map(
    ({ name, severity, startsAt, endsAt, labels }) =>
      `| ${inline(name)} | ${severity} | ${time(startsAt)} | ${endsAt === null ? "firing" : time(endsAt)} | ${inline(labelText(labels))} |`,
  );
  return [
    `# Incident ${id}: ${inline(title)}`,
    "",
    "Draft. Complete it, have it reviewed, and keep it: what is asked in brackets only people know.",
    "",
    "| | |",
    "| --- | --- |",
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    "",
    "## Summary",
    "",
    paragraphs(incident.summary ?? "[What happened?]"),
    "",
    "## Impact",
    "",
    ...(incident.description === "" ? [] : [paragraphs(incident.description), ""]),
    "| Alert | Severity | Fired | Resolved | Labels |",
    "| --- | --- | --- | --- | --- |",
    ...alerts,
    ...(incident.alertsTruncated === 0 ? [] : ["", `${incident.alertsTruncated} more alerts were counted but not listed.`]),
    "",
    "[Which callers noticed what? How much of the error budget did it cost? See `edgewise sla`.]",
    "",
    "## Timeline",
    "",
    `All times in UTC, from ${time(incident.timelineFrom)}.${incident.isTimelineCut ? " Older entries were left out." : ""}`,
    "",
    "| Time | What | Who |",
    "| --- | --- | --- |",
    ...incident.timeline.map(timelineRow),
    "",
    "## Causes",
    "",
    paragraphs(incident.cause ?? "[Why did it happen? Why was it not caught before?]"),
    "",
    "## Actions",
    "",
    ...(incident.actions.length === 0
      ? ["- [ ] [What will be done so that it does not happen again, by whom and until when?]"]
      : incident.actions.map((action) => `- [ ] ${inline(action)}`)),
    "",
  ].join("\n");
}

/** `1 h 2 min 3 s`, the parts that are 0 left out. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  return parts.flatMap(([value, unit]) => (value === 0 ? [] : [`${value} ${unit}`])).join(" ") || "0 s";
}

// --- Not exported ---

const time = (iso: string): string => iso.replace("T", " ").replace(/\.\d+Z$/, "Z");

const timelineRow = ({ at, kind, text, by }: TimelineEntry): string =>
  `| ${time(at)} | ${kind.replace("_", " ")}: ${inline(text)} | ${inline(by ?? "-")} |`;

const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .filter(([name]) => name !== "alertname" && name !== "severity")
    .map(([name, value]) => `${name}=${value}`)
    .join(" ") || "-";

/** Text from outside on one line, as text: no link, no HTML, no end of a table's cell. */
const inline = (text: string): string =>
  text
    .replaceAll(/\s+/g, " ")
    .trim()
    .replaceAll(/[\\`*[\]<>|]/g, "\\$&");

/** Text of several lines; no line of it becomes a heading, a list or a quotation. */
const paragraphs = (text: string): string =>
  text
    .split("\n")
    .map((line) =>
      /^\[.*\]$/.test(line)
        ? line
        : inline(line).replace(/^([#+=-]|\d+(?=[.)]))/, (start) => (/\d/.test(start) ? `${start}\\` : `\\${start}`)),
    )
    .join("\n");
