/** Carries a delivery of alerts into the registry, within the caller's transaction. What it means is decided in plan-delivery.ts. */
import { and, asc, eq, ne } from "drizzle-orm";
import { succeed, type Result } from "../../contract/result.ts";
import type { AlertsAnswer, Severity } from "../api/incident-schemas.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { incidentAlerts, incidents } from "../registry/schema.ts";
import { highest, type DeliveredAlert, type Delivery } from "./delivery.ts";
import { appendEvent, type IncidentRow } from "./incident-records.ts";
import { planDelivery, type DeliveryPlan, type KnownAlert } from "./plan-delivery.ts";

/** Distinct models and services that an incident keeps. */
const NAMES_MAX = 50;

export async function receiveDelivery(
  db: Queries,
  context: ActContext,
  delivery: Delivery,
  timelineHours: number,
): Promise<Result<AlertsAnswer, never>> {
  const [current] = await db
    .select()
    .from(incidents)
    .where(and(eq(incidents.groupKey, delivery.groupKey), ne(incidents.status, "closed")));
  const status = current?.status === "open" ? "open" : "resolved";
  const plan = planDelivery(delivery, {
    current: current && { id: current.id, status },
    alerts: await knownAlerts(db, delivery.groupKey),
  });
  for (const { incidentId, alert } of plan.endedClosed) await saveAlert(db, context, incidentId, alert);
  if (plan.act === "unchanged") {
    if (current)
      await db.update(incidents).set({ lastDeliveryAt: context.now.toISOString() }).where(eq(incidents.id, current.id));
    const [ended] = plan.endedClosed;
    if (ended === undefined) return succeed({ incident: current?.id ?? null, act: plan.act });
    const details = { incident: ended.incidentId, title: delivery.title, alerts: plan.endedClosed.length };
    await appendAudit(db, context, { act: "incident_updated", details });
    return succeed({ incident: ended.incidentId, act: "updated" });
  }
  const id = current
    ? await update(db, context, current, delivery, plan)
    : await open(db, context, delivery, plan, timelineHours);
  for (const alert of plan.alerts) await saveAlert(db, context, id, alert);
  for (const alert of plan.ended) await endAlert(db, context, alert);
  await noteChange(db, context, id, delivery, plan);
  return succeed({ incident: id, act: plan.act });
}

async function knownAlerts(db: Queries, groupKey: string): Promise<KnownAlert[]> {
  const { incidentId, fingerprint, startsAt, status } = incidentAlerts;
  return db
    .select({ incidentId, fingerprint, startsAt, status })
    .from(incidentAlerts)
    .innerJoin(incidents, eq(incidents.id, incidentAlerts.incidentId))
    .where(eq(incidents.groupKey, groupKey))
    .orderBy(asc(incidentAlerts.incidentId));
}

async function open(
  db: Queries,
  { now }: ActContext,
  delivery: Delivery,
  { alerts, isFiring }: DeliveryPlan,
  timelineHours: number,
): Promise<number> {
  const at = now.toISOString();
  const startedAt = alerts.map(({ startsAt }) => startsAt).reduce((first, start) => (start < first ? start : first), at);
  const [row] = await db
    .insert(incidents)
    .values({
      groupKey: delivery.groupKey,
      title: delivery.title,
      description: delivery.description,
      status: isFiring ? "open" : "resolved",
      severity: highest(alerts.map(({ severity }) => severity)),
      models: namesOf(alerts, "model"),
      services: namesOf(alerts, "service"),
      startedAt,
      openedAt: at,
      timelineFrom: new Date(Date.parse(startedAt) - timelineHours * 3_600_000).toISOString(),
      lastDeliveryAt: at,
      alertsTruncated: delivery.alertsTruncated,
      resolvedAt: isFiring ? null : at,
      actions: [],
    })
    .returning({ id: incidents.id });
  if (!row) throw new Error("an incident was inserted and has no id");
  return row.id;
}

async function update(
  db: Queries,
  { now }: ActContext,
  current: IncidentRow,
  delivery: Delivery,
  { alerts, isFiring }: DeliveryPlan,
): Promise<number> {
  const severities: Severity[] = [current.severity, ...alerts.map(({ severity }) => severity)];
  await db
    .update(incidents)
    .set({
      status: isFiring ? "open" : "resolved",
      severity: highest(severities),
      models: namesOf(alerts, "model", current.models),
      services: namesOf(alerts, "service", current.services),
      lastDeliveryAt: now.toISOString(),
      alertsTruncated: Math.max(current.alertsTruncated, delivery.alertsTruncated),
      resolvedAt: isFiring ? null : (current.resolvedAt ?? now.toISOString()),
    })
    .where(eq(incidents.id, current.id));
  return current.id;
}

/** One audit row per act, and one event for what changes the incident's own state. */
async function noteChange(db: Queries, context: ActContext, id: number, delivery: Delivery, plan: DeliveryPlan): Promise<void> {
  const details = { incident: id, title: delivery.title, alerts: plan.alerts.length };
  const count = `${plan.alerts.length} ${plan.alerts.length === 1 ? "alert" : "alerts"}`;
  switch (plan.act) {
    case "opened":
      await appendEvent(db, context, id, "opened", `${delivery.title}: ${count}`);
      if (!plan.isFiring) await appendEvent(db, context, id, "resolved", "over before the first delivery came");
      break;
    case "reopened":
      await appendEvent(db, context, id, "reopened", `fires again: ${count}`);
      break;
    case "resolved":
      await appendEvent(db, context, id, "resolved", "no alert of the group fires any more");
      break;
    case "updated":
    case "unchanged":
      break;
  }
  await appendAudit(db, context, { act: `incident_${plan.act}`, details });
}

async function saveAlert(db: Queries, { now }: ActContext, incidentId: number, alert: DeliveredAlert): Promise<void> {
  const { status, endsAt, labels, annotations } = alert;
  await db
    .insert(incidentAlerts)
    .values({ incidentId, ...alert, receivedAt: now.toISOString() })
    .onConflictDoUpdate({
      target: [incidentAlerts.incidentId, incidentAlerts.fingerprint, incidentAlerts.startsAt],
      set: { status, endsAt, labels, annotations },
    });
}

async function endAlert(db: Queries, { now }: ActContext, { incidentId, fingerprint, startsAt }: KnownAlert): Promise<void> {
  const { incidentId: ofIncident, fingerprint: ofPrint, startsAt: ofStart } = incidentAlerts;
  await db
    .update(incidentAlerts)
    .set({ status: "resolved", endsAt: now.toISOString() })
    .where(and(eq(ofIncident, incidentId), eq(ofPrint, fingerprint), eq(ofStart, startsAt)));
}

const namesOf = (alerts: readonly DeliveredAlert[], label: string, before: readonly string[] = []): string[] =>
  [...new Set([...before, ...alerts.flatMap(({ labels }) => labels[label] ?? [])])].slice(0, NAMES_MAX);
