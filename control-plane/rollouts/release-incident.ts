/** An automatic act opens an incident in the act's own transaction, so that it is there exactly when the act is; a person closes it. */
import type { ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { receiveDelivery } from "../incidents/receive-delivery.ts";

export interface ReleaseIncident {
  /** One incident per key until it is closed. */
  key: string;
  name: "CanaryTakenBack" | "RolledBackAutomatically" | "RollbackHeldBack";
  severity: "critical" | "warning";
  model: string;
  version: string;
  summary: string;
}

export async function openReleaseIncident(
  db: Queries,
  context: ActContext,
  { key, name, severity, model, version, summary }: ReleaseIncident,
  timelineHours: number,
): Promise<void> {
  const labels = { alertname: name, severity, model, version, service: "control_plane" };
  const alert = {
    fingerprint: key,
    startsAt: context.now.toISOString(),
    status: "firing" as const,
    endsAt: null,
    name,
    severity,
    labels,
    annotations: { summary },
  };
  const delivery = {
    groupKey: `edgewise:${key}`,
    isGroupResolved: false,
    title: `${name}: ${model} ${version}`,
    description: summary,
    alerts: [alert],
    alertsTruncated: 0,
  };
  await receiveDelivery(db, context, delivery, timelineHours);
}
