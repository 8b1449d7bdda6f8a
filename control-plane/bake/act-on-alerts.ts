/**
 * What an alert that names a model takes back, where the line's release policy lists it: the rollout under way, else the promotion. Within the transaction that
 * receives the alert, so that it happens once; an alert that began before the version answered is not its doing.
 */
import type { DeliveredAlert } from "../incidents/delivery.ts";
import type { ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import type { ReleaseKey } from "../releases/release-key.ts";
import { abortRollout } from "../rollouts/change-rollout.ts";
import { openReleaseIncident } from "../rollouts/release-incident.ts";
import { activeRollout } from "../rollouts/rollout-records.ts";
import { newestEntry, rollBackAutomatically } from "./automatic-rollback.ts";
import { releasePolicyOf } from "./release-policies.ts";

/** Answers whether a release was made. */
export async function actOnAlerts(
  db: Queries,
  key: ReleaseKey,
  context: ActContext,
  alerts: readonly DeliveredAlert[],
  timelineHours: number,
): Promise<boolean> {
  let isReleased = false;
  const models = new Set(alerts.flatMap(({ status, labels }) => (status === "firing" ? (labels["model"] ?? []) : [])));
  for (const model of models) {
    const policy = await releasePolicyOf(db, model);
    const ofModel = alerts.filter(({ status, labels }) => status === "firing" && labels["model"] === model);
    const alert = ofModel.find(({ name }) => policy?.alerts.includes(name));
    if (!policy || !alert) continue;
    const why = `the alert ${alert.name} names ${model}: ${alert.annotations["summary"] ?? "no summary"}`;
    const rollout = await activeRollout(db, model);
    if (rollout && alert.startsAt >= rollout.startedAt) {
      const aborted = await abortRollout(db, key, context, rollout, { reason: why });
      const version = `v${rollout.number}`;
      const incident = { key: `rollout-${rollout.id}`, name: "CanaryTakenBack" as const, severity: "critical" as const };
      const summary = `${version} of ${model} was taken back; v${rollout.stableNumber} answers alone. ${why}`;
      await openReleaseIncident(db, context, { ...incident, model, version, summary }, timelineHours);
      isReleased ||= aborted.outboxId !== null;
      continue;
    }
    const entry = await newestEntry(db, model);
    if (!entry || entry.act === "rollback" || !(alert.startsAt >= entry.at)) continue;
    const outboxId = await rollBackAutomatically(db, key, context, { model, policy, why, findings: [] }, timelineHours);
    isReleased ||= outboxId !== undefined;
  }
  return isReleased;
}
