/**
 * What a delivery of alerts means for the incidents of its group. Pure: the delivery and what is known go in, the changes come out.
 *
 * A group has at most one incident that is not closed. A delivery told twice changes nothing the second time. An occurrence (fingerprint and
 * start) that a person closed while it fired stays with that incident, however often it is repeated; an occurrence that was resolved and
 * fires again is news, for Alertmanager takes an alert for resolved when Prometheus was cut off from it. Nothing delivered is dropped: what
 * was first heard of when it was over becomes an incident that is resolved from the start.
 */
import type { AlertsAnswer } from "../api/incident-schemas.ts";
import type { DeliveredAlert, Delivery } from "./delivery.ts";

export interface KnownAlert {
  incidentId: number;
  fingerprint: string;
  startsAt: string;
  status: "firing" | "resolved";
}

export interface KnownIncidents {
  /** The group's incident that is not closed. */
  current: { id: number; status: "open" | "resolved" } | undefined;
  /** The occurrences of all the group's incidents, those of newer incidents later. */
  alerts: readonly KnownAlert[];
}

export interface DeliveryPlan {
  act: AlertsAnswer["act"];
  /** For the current incident, or the one to be opened. */
  alerts: DeliveredAlert[];
  /** The incident's alerts that this delivery says are over without listing them. */
  ended: KnownAlert[];
  /** Alerts of closed incidents that are over now. */
  endedClosed: { incidentId: number; alert: DeliveredAlert }[];
  isFiring: boolean;
}

export function planDelivery(delivery: Delivery, { current, alerts: known }: KnownIncidents): DeliveryPlan {
  const latest = new Map(known.map((alert) => [keyOf(alert), alert]));
  const mine: DeliveredAlert[] = [];
  const endedClosed: DeliveryPlan["endedClosed"] = [];
  for (const alert of delivery.alerts) {
    const before = latest.get(keyOf(alert));
    const isOfClosed = before !== undefined && before.incidentId !== current?.id;
    if (!isOfClosed || (before.status === "resolved" && alert.status === "firing")) mine.push(alert);
    else if (before.status === "firing" && alert.status === "resolved")
      endedClosed.push({ incidentId: before.incidentId, alert });
  }
  const changed = mine.filter((alert) => {
    const before = latest.get(keyOf(alert));
    return before?.incidentId !== current?.id || before?.status !== alert.status;
  });
  const told = new Set(mine.map(keyOf));
  const untold = known.filter(
    (alert) => alert.incidentId === current?.id && alert.status === "firing" && !told.has(keyOf(alert)),
  );
  const ended = delivery.isGroupResolved ? untold : [];
  const isFiring = mine.some(({ status }) => status === "firing") || untold.length > ended.length;
  const changes = { alerts: changed, ended, endedClosed, isFiring };
  if (current === undefined) return { ...changes, act: mine.length === 0 ? "unchanged" : "opened" };
  if (isFiring && current.status === "resolved") return { ...changes, act: "reopened" };
  if (!isFiring && current.status === "open") return { ...changes, act: "resolved" };
  return { ...changes, act: changed.length + ended.length === 0 ? "unchanged" : "updated" };
}

const keyOf = ({ fingerprint, startsAt }: { fingerprint: string; startsAt: string }): string => `${startsAt} ${fingerprint}`;
