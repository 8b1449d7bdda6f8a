import { describe, expect, it } from "vitest";
import type { AlertsBody } from "../api/incident-schemas.ts";
import { ALERTS_MAX, LABEL_CHARACTERS_MAX, readDelivery, type Delivery } from "./delivery.ts";
import { planDelivery, type KnownAlert } from "./plan-delivery.ts";

const NOW = new Date("2026-11-23T10:00:00.000Z");
const START = "2026-11-23T09:58:00.000Z";

type Told = [fingerprint: string, status: "firing" | "resolved", startsAt?: string];

const body = (alerts: Told[], labels: Record<string, string> = {}): AlertsBody => ({
  version: "4",
  groupKey: "g",
  status: alerts.some(([, status]) => status === "firing") ? "firing" : "resolved",
  truncatedAlerts: 0,
  commonLabels: {},
  commonAnnotations: {},
  alerts: alerts.map(([fingerprint, status, startsAt = START]) => ({
    status,
    labels: { alertname: fingerprint, ...labels },
    annotations: {},
    startsAt,
    endsAt: status === "firing" ? "0001-01-01T00:00:00Z" : "2026-11-23T09:59:00Z",
    fingerprint,
  })),
});
const delivery = (...alerts: Told[]): Delivery => readDelivery(body(alerts), NOW);
const known = (incidentId: number, fingerprint: string, status: "firing" | "resolved", startsAt = START): KnownAlert => ({
  incidentId,
  fingerprint,
  startsAt,
  status,
});
const names = (alerts: { fingerprint: string }[]): string[] => alerts.map(({ fingerprint }) => fingerprint);
const open = { id: 1, status: "open" } as const;

describe("planDelivery", () => {
  it("opens an incident for a group that has none", () => {
    const plan = planDelivery(delivery(["a", "firing"]), { current: undefined, alerts: [] });
    expect(plan).toMatchObject({ act: "opened", isFiring: true });
    expect(names(plan.alerts)).toEqual(["a"]);
  });

  it("changes nothing when a delivery is repeated", () => {
    const plan = planDelivery(delivery(["a", "firing"]), { current: open, alerts: [known(1, "a", "firing")] });
    expect(plan).toMatchObject({ act: "unchanged", alerts: [], ended: [], endedClosed: [] });
  });

  it("takes a new alert of the group into the open incident", () => {
    const plan = planDelivery(delivery(["a", "firing"], ["b", "firing"]), { current: open, alerts: [known(1, "a", "firing")] });
    expect(plan).toMatchObject({ act: "updated", isFiring: true });
    expect(names(plan.alerts)).toEqual(["b"]);
  });

  it("stays open while another alert fires, listed or not", () => {
    const alerts = [known(1, "a", "firing"), known(1, "b", "firing")];
    expect(planDelivery(delivery(["a", "resolved"], ["b", "firing"]), { current: open, alerts })).toMatchObject({
      act: "updated",
    });
    const unlisted = { ...delivery(["a", "resolved"]), isGroupResolved: false };
    expect(planDelivery(unlisted, { current: open, alerts })).toMatchObject({ act: "updated", isFiring: true });
  });

  it("resolves when the group does, alerts that the delivery leaves out included", () => {
    const alerts = [known(1, "a", "firing"), known(1, "b", "firing")];
    const plan = planDelivery(delivery(["a", "resolved"]), { current: open, alerts });
    expect(plan).toMatchObject({ act: "resolved", isFiring: false });
    expect(names(plan.ended)).toEqual(["b"]);
  });

  it("reopens when an occurrence fires again, or another does", () => {
    const current = { id: 1, status: "resolved" } as const;
    const alerts = [known(1, "a", "resolved")];
    expect(planDelivery(delivery(["a", "firing"]), { current, alerts })).toMatchObject({ act: "reopened", isFiring: true });
    const later: Told = ["a", "firing", "2026-11-23T09:59:30.000Z"];
    expect(planDelivery(delivery(later), { current, alerts })).toMatchObject({ act: "reopened", isFiring: true });
  });

  it("leaves an occurrence with the incident that was closed while it fired, and ends it there", () => {
    const closed = { current: undefined, alerts: [known(1, "a", "firing")] };
    expect(planDelivery(delivery(["a", "firing"]), closed)).toMatchObject({ act: "unchanged", alerts: [] });
    const over = planDelivery(delivery(["a", "resolved"]), closed);
    expect(over.act).toBe("unchanged");
    expect(over.endedClosed.map(({ incidentId, alert }) => [incidentId, alert.status])).toEqual([[1, "resolved"]]);
  });

  it("opens another incident for what is new after a close", () => {
    const closed = { current: undefined, alerts: [known(1, "a", "firing"), known(1, "c", "resolved")] };
    const plan = planDelivery(delivery(["a", "firing"], ["b", "firing"], ["c", "firing"]), closed);
    expect(plan.act).toBe("opened");
    expect(names(plan.alerts)).toEqual(["b", "c"]);
  });

  it("keeps what was first heard of when it was over", () => {
    const plan = planDelivery(delivery(["a", "resolved"]), { current: undefined, alerts: [] });
    expect(plan).toMatchObject({ act: "opened", isFiring: false });
  });
});

describe("readDelivery", () => {
  it("cuts what is too long and takes control characters away", () => {
    const [alert] = readDelivery(body([["a", "firing"]], { host: `\u001B[31m${"x".repeat(5000)}` }), NOW).alerts;
    expect(alert?.labels["host"]).toHaveLength(LABEL_CHARACTERS_MAX);
    expect(alert?.labels["host"]).toMatch(/^ \[31mx/);
  });

  it("keeps the firing ones of too many alerts and counts the rest", () => {
    const many: Told[] = Array.from({ length: ALERTS_MAX }, (_, at) => [`r${at}`, "resolved"]);
    const read = readDelivery(body([...many, ["f", "firing"]]), NOW);
    expect(read.alerts).toHaveLength(ALERTS_MAX);
    expect(read.alerts[0]?.fingerprint).toBe("f");
    expect(read.alertsTruncated).toBe(1);
  });

  it("takes a severity that it does not know for a warning", () => {
    const severities = ["critical", "INFO", "page", undefined].map(
      (severity) => readDelivery(body([["a", "firing"]], severity === undefined ? {} : { severity }), NOW).alerts[0]?.severity,
    );
    expect(severities).toEqual(["critical", "info", "warning", "warning"]);
  });

  it("brings times into one form, and an end that is none or in the future to now", () => {
    const { alerts } = readDelivery(
      { ...body([["a", "resolved", "2026-11-23T11:58:00.123456789+02:00"]]), status: "resolved" },
      NOW,
    );
    expect(alerts[0]).toMatchObject({ startsAt: "2026-11-23T09:58:00.123Z", endsAt: "2026-11-23T09:59:00.000Z" });
    const endless = body([["a", "resolved"]]);
    for (const alert of endless.alerts) alert.endsAt = "0001-01-01T00:00:00Z";
    expect(readDelivery(endless, NOW).alerts[0]?.endsAt).toBe(NOW.toISOString());
  });
});
