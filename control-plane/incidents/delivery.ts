/**
 * From Alertmanager's webhook to what an incident keeps of it: times in one form, texts without control characters, sizes within limits.
 * What is too long is cut, never refused. Pure; nothing is decided here.
 */
import { SEVERITIES, type AlertsBody, type Severity } from "../api/incident-schemas.ts";

export const ALERTS_MAX = 500;
export const LABELS_MAX = 64;
export const LABEL_CHARACTERS_MAX = 1024;

export interface DeliveredAlert {
  fingerprint: string;
  startsAt: string;
  status: "firing" | "resolved";
  /** Set when resolved. */
  endsAt: string | null;
  name: string;
  severity: Severity;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface Delivery {
  groupKey: string;
  isGroupResolved: boolean;
  title: string;
  description: string;
  alerts: DeliveredAlert[];
  alertsTruncated: number;
}

export function readDelivery(body: AlertsBody, now: Date): Delivery {
  const kept = firingFirst(body.alerts).slice(0, ALERTS_MAX);
  const alerts = kept.map(({ status, labels, annotations, startsAt, endsAt, fingerprint }): DeliveredAlert => {
    const cleanLabels = clean(labels);
    return {
      fingerprint,
      startsAt: new Date(startsAt).toISOString(),
      status,
      endsAt: status === "resolved" ? endOf(endsAt, now) : null,
      name: cleanLabels["alertname"] ?? "unnamed alert",
      severity: severityOf(cleanLabels["severity"]),
      labels: cleanLabels,
      annotations: clean(annotations),
    };
  });
  const names = [...new Set(alerts.map(({ name }) => name))];
  const common = clean(body.commonAnnotations);
  return {
    groupKey: body.groupKey,
    isGroupResolved: body.status === "resolved" && alerts.every(({ status }) => status === "resolved"),
    title: names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", "),
    description: common["summary"] ?? common["description"] ?? alerts[0]?.annotations["summary"] ?? "",
    alerts,
    alertsTruncated: body.truncatedAlerts + body.alerts.length - kept.length,
  };
}

/** Anything that is none of the three counts as a warning: not said to be harmless, not worth waking anybody. */
export const severityOf = (label: string | undefined): Severity =>
  SEVERITIES.find((severity) => severity === label?.toLowerCase()) ?? "warning";

export const highest = (severities: readonly Severity[]): Severity =>
  SEVERITIES.findLast((severity) => severities.includes(severity)) ?? "warning";

/** Without what a terminal would obey or show in another order; line ends stay. */
export const printable = (text: string): string => text.replaceAll(/(?!\n)[\p{Cc}\p{Bidi_Control}]/gu, " ");

function clean(pairs: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(pairs).slice(0, LABELS_MAX);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      printable(name).slice(0, LABEL_CHARACTERS_MAX),
      printable(value).slice(0, LABEL_CHARACTERS_MAX),
    ]),
  );
}

/** When too many are delivered, those that still fire are kept. */
function firingFirst(alerts: AlertsBody["alerts"]): AlertsBody["alerts"] {
  return alerts.toSorted((one, other) => Number(one.status === "resolved") - Number(other.status === "resolved"));
}

/** Alertmanager's zero time (year 1) stands for no end. */
function endOf(endsAt: string | undefined, now: Date): string {
  const end = endsAt === undefined ? Number.NaN : Date.parse(endsAt);
  return end > 0 && end < now.getTime() ? new Date(end).toISOString() : now.toISOString();
}
