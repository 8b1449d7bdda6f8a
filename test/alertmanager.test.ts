/** The Alertmanager file in a real Alertmanager: who is told, with which token, and what is held back. Chat is a server here; mail goes nowhere. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HAS_ALERTMANAGER, startAlertmanager, type RunningAlertmanager } from "./harness/alertmanager.ts";
import { WITHOUT_TOOLS } from "./harness/prometheus-tools.ts";
import { until } from "./harness/until.ts";

const TOKEN = "token-of-the-test";

interface Delivery {
  path: string;
  authorization: string | undefined;
  body: { alerts?: { labels: Record<string, string> }[]; status?: string; groupLabels?: Record<string, string> };
}
interface AlertState {
  labels: Record<string, string>;
  status: { state: string; inhibitedBy: string[] };
}

describe.skipIf(!HAS_ALERTMANAGER)(`a real Alertmanager (${WITHOUT_TOOLS})`, () => {
  const deliveries: Delivery[] = [];
  let receiver: Server;
  let alertmanager: RunningAlertmanager | undefined;
  let url: string;

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (part: string) => (text += part));
      request.once("end", () => {
        deliveries.push({
          path: request.url ?? "",
          authorization: request.headers.authorization,
          body: JSON.parse(text) as Delivery["body"],
        });
        response.end("ok");
      });
    }).listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const receiverUrl = `http://127.0.0.1:${(receiver.address() as { port: number }).port}`;

    // The order of things is under test, not the patience.
    alertmanager = await startAlertmanager({
      controlPlaneUrl: receiverUrl,
      token: TOKEN,
      chatUrl: `${receiverUrl}/chat`,
      hastenedBy: 10,
    });
    ({ url } = alertmanager);
  });

  afterAll(async () => {
    await alertmanager?.stop();
    receiver?.close();
  });

  async function fire(...alerts: Record<string, string>[]): Promise<void> {
    const body = JSON.stringify(alerts.map((labels) => ({ labels, annotations: { summary: `about ${labels["alertname"]}` } })));
    const answer = await fetch(`${url}/api/v2/alerts`, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(answer.status).toBe(200);
  }
  const told = (path: string): string[] =>
    deliveries
      .filter((delivery) => delivery.path === path)
      .flatMap(({ body }) => (body.alerts ?? []).map(({ labels }) => labels["alertname"] as string));

  /** Names of the alerts that are held back. */
  async function heldBack(): Promise<string[]> {
    const alerts = (await (await fetch(`${url}/api/v2/alerts`)).json()) as AlertState[];
    return alerts
      .flatMap(({ labels, status }) => (status.inhibitedBy.length > 0 ? [labels["alertname"] as string] : []))
      .toSorted();
  }

  it("holds back what a service that does not answer explains, and a warning of a critical alert's concern; tells the rest", async () => {
    await fire(
      { alertname: "InstanceDown", severity: "critical", concern: "availability", service: "edge" },
      { alertname: "HighErrorRate", severity: "critical", concern: "errors", service: "edge" },
      { alertname: "ModelRefused", severity: "warning", concern: "release", service: "edge", model: "pm25" },
      { alertname: "ReleaseNotPublished", severity: "critical", concern: "publication", service: "control_plane", model: "pm25" },
      { alertname: "OutOfBudget", severity: "critical", concern: "errors", service: "other" },
      { alertname: "NearlyOutOfBudget", severity: "warning", concern: "errors", service: "other" },
      { alertname: "SlowToo", severity: "warning", concern: "latency", service: "other" },
    );
    const expected = ["InstanceDown", "OutOfBudget", "ReleaseNotPublished", "SlowToo"];
    await until(() => expected.every((name) => told("/api/alerts").includes(name)));
    expect(await heldBack()).toEqual(["HighErrorRate", "ModelRefused", "NearlyOutOfBudget"]);
    expect([...new Set(told("/api/alerts"))].toSorted()).toEqual(expected);
  });

  it("tells the control plane with the token of the file, a group per alert and model", () => {
    const incidents = deliveries.filter(({ path }) => path === "/api/alerts");
    expect(new Set(incidents.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(incidents.map(({ body }) => body.groupLabels)).toContainEqual({ alertname: "ReleaseNotPublished", model: "pm25" });
  });

  it("tells the chat, with the title and the summary", async () => {
    await until(() =>
      deliveries.some(({ path, body }) => path === "/chat" && JSON.stringify(body).includes("about ReleaseNotPublished")),
    );
    const messages = deliveries.filter(({ path }) => path === "/chat").map(({ body }) => JSON.stringify(body));
    expect(messages.some((text) => text.includes("[FIRING] ReleaseNotPublished pm25"))).toBe(true);
  });
});
