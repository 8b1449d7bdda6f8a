/** Webhooks of a real control plane to a real receiver on this machine, which checks every signature for itself. */
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestControlPlane, type TestControlPlane } from "../testing/test-control-plane.ts";
import { ATTEMPTS_MAX, attemptAfter, deliveryBackoffMs } from "./deliverer.ts";
import { sentenceOf, slackBody } from "./event.ts";
import { postDelivery } from "./post-delivery.ts";
import { mayDeliverTo, mayDeliverToAll } from "./public-address.ts";
import { deliveryHeaders } from "./signature.ts";

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}
const received: Received[] = [];
let respond: (response: ServerResponse, count: number) => void = (response) => response.end();
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    received.push({ headers: request.headers, body });
    respond(response, received.length);
  });
});
let plane: TestControlPlane;
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  plane = await startTestControlPlane({ WEBHOOK_ALLOW_LOOPBACK: "true" });
});
afterEach(() => {
  received.length = 0;
  respond = (response) => response.end();
});
afterAll(async () => {
  await plane.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const add = async (more: object = {}) => (await plane.call("POST", "/api/webhooks", { name: "ours", url, ...more })).body;
const remove = (id: string) => plane.call("DELETE", `/api/webhooks/${id}`);
const arrived = (count: number) => expect.poll(() => received.length, { timeout: 10_000 }).toBe(count);

describe("a webhook", () => {
  it("is told of a promotion, signed with the secret that was shown once and is stored nowhere", async () => {
    const { secret, id } = await add({ events: ["promote"] });
    const [v1 = ""] = await plane.stagedVersions("m", 1);
    await plane.call("POST", `/api/models/m/versions/${v1}/promote`, { stage: "production", reason: "<b>first</b>" });
    await arrived(1);
    const [{ headers, body }] = received as [Received];
    expect(JSON.parse(body)).toMatchObject({
      schema: 1,
      event: "promote",
      model: "m",
      version: "v1",
      actor: "admin",
      reason: "<b>first</b>",
      details: { generation: 1 },
    });
    const signed = `${headers["x-edgewise-delivery-id"] as string}.${headers["x-edgewise-timestamp"] as string}.${body}`;
    expect(headers["x-edgewise-signature"]).toBe(`v1,${createHmac("sha256", secret).update(signed).digest("base64")}`);
    expect(Math.abs(Number(headers["x-edgewise-timestamp"]) - Date.now() / 1000)).toBeLessThan(60);
    const listed = JSON.stringify((await plane.call("GET", "/api/webhooks")).body);
    expect(listed).not.toContain("/hook");
    for (const file of ["registry.db", "registry.db-wal"])
      expect(readFileSync(join(plane.directory, file)).includes(secret)).toBe(false);
    await expect
      .poll(async () => (await plane.call("GET", "/api/webhooks")).body.webhooks[0].deliveries[0].state)
      .toBe("delivered");
    await remove(id);
  });

  it("is told of a promotion that the gates stopped, and of nothing that it did not ask for", async () => {
    const { id } = await add({ events: ["promote_refused"] });
    const [v1 = ""] = await plane.stagedVersions("stopped", 1);
    const policy = { policy: { signOff: { level: "block" } }, reason: "a test" };
    await plane.call("PUT", "/api/models/stopped/gate-policy", policy);
    await plane.call("POST", `/api/models/stopped/versions/${v1}/promote`, { stage: "production", reason: "now" });
    await arrived(1);
    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({
      event: "promote_refused",
      details: { stoppedBy: expect.stringContaining("sign_off") },
    });
    await remove(id);
  });

  it("is tried again under the same delivery id while it is busy, and given up when it says no", async () => {
    const { id } = await add({ events: ["describe"] });
    respond = (response, count) => response.writeHead(count === 1 ? 503 : 410).end();
    await plane.call("PATCH", "/api/models/m/versions/v1", { description: "new" });
    await arrived(2);
    expect(new Set(received.map(({ headers }) => headers["x-edgewise-delivery-id"])).size).toBe(1);
    const newest = async () => (await plane.call("GET", "/api/webhooks")).body.webhooks[0].deliveries[0];
    await expect.poll(newest).toMatchObject({ state: "given_up", attempts: 2, lastError: "it answered 410" });
    await remove(id);
  });

  it("is left alone for as long as it asks to be, and given up after its last attempt", async () => {
    respond = (response) => response.writeHead(429, { "retry-after": "120" }).end();
    const headers = deliveryHeaders("secret", "a delivery", new Date(0), "{}");
    const posted = await postDelivery({ url, headers, body: "{}", isLoopbackAllowed: true });
    if (posted.ok) throw new Error("it took it");
    const next = (attemptsBefore: number) => attemptAfter(posted.failure, attemptsBefore, new Date(0), () => 0);
    expect(next(0)).toEqual({ state: "pending", error: "it answered 429", nextAttemptAt: new Date(120_000) });
    expect(next(ATTEMPTS_MAX - 2).state).toBe("pending");
    expect(next(ATTEMPTS_MAX - 1)).toEqual({ state: "given_up", error: "it answered 429" });
  });

  it("is not followed elsewhere", async () => {
    const { id } = await add({ events: ["describe"] });
    respond = (response) => response.writeHead(302, { location: "http://127.0.0.1:9/" }).end();
    await plane.call("PATCH", "/api/models/m/versions/v1", { description: "newer" });
    const newest = async () => (await plane.call("GET", "/api/webhooks")).body.webhooks[0].deliveries[0];
    await expect.poll(newest).toMatchObject({ state: "given_up", lastError: expect.stringContaining("redirects") });
    await remove(id);
  });

  it("of Slack gets a text in which nothing is a link or a mention", async () => {
    const { id } = await add({ format: "slack", events: ["describe"] });
    await plane.call("POST", `/api/webhooks/${id}/test`);
    await arrived(1);
    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({
      text: "test by admin: a test",
      blocks: [{ text: { type: "plain_text" } }],
    });
    await remove(id);
    const row = {
      id: 1,
      at: "",
      actorTokenId: "t",
      actorName: "<!channel>",
      act: "gate_run",
      model: "m",
      number: 2,
      reason: "a & b",
      details: { outcome: "stopped" },
      requestId: "r",
    };
    expect(sentenceOf(row)).toBe("gate run m v2 by <!channel>: stopped: a & b");
    expect(JSON.parse(slackBody(row))).toMatchObject({ text: "gate run m v2 by &lt;!channel&gt;: stopped: a &amp; b" });
  });

  it("hears nothing of tokens and of other webhooks", async () => {
    const { id } = await add();
    await plane.token("viewer");
    await plane.call("PATCH", "/api/models/m/versions/v1", { description: "newest" });
    await arrived(1);
    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({ event: "describe" });
    await remove(id);
  });
});

describe("an address", () => {
  it.each([
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.9.9.9",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "ff02::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "not an address",
    "",
  ])("%s is not on the public internet", (address) => {
    expect(mayDeliverTo(address, false)).toBe(false);
  });

  it.each(["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"])("%s is", (address) => {
    expect(mayDeliverTo(address, false)).toBe(true);
  });

  it("is one of all that a name has, and one private one among them, whichever, is enough to refuse the name", () => {
    expect(mayDeliverToAll(["8.8.8.8", "2606:4700::1111"], false)).toBe(true);
    for (const addresses of [["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["8.8.8.8", "::1"], []])
      expect(mayDeliverToAll(addresses, false), addresses.join()).toBe(false);
    expect(mayDeliverToAll(["127.0.0.1", "10.0.0.1"], true)).toBe(false);
  });

  it("of this machine is allowed by configuration only, and no other private one with it", () => {
    expect(["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254"].map((address) => mayDeliverTo(address, true))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it.each([
    ["http://example.com/", "https://"],
    ["https://127.0.0.1/", "public internet"],
    ["https://[::1]/", "public internet"],
    ["https://0x7f000001/", "public internet"],
    ["https://2130706433/", "public internet"],
    ["https://[::ffff:10.0.0.1]/", "public internet"],
    ["https://name:password@example.com/", "password"],
    ["file:///etc/passwd", "https://"],
    ["https://localhost/", "public internet"],
  ])("%s gets no delivery", async (to, why) => {
    const posted = await postDelivery({ url: to, headers: {}, body: "{}", isLoopbackAllowed: false });
    expect(posted).toMatchObject({ ok: false, failure: { isFinal: true } });
    // A name is refused where it is looked up, whatever it said before.
    expect(posted.ok ? "" : posted.failure.sentence).toMatch(to.includes("localhost") ? "EFORBIDDEN" : why);
  });

  it("of a private network is refused when the webhook is added", async () => {
    const refused = await plane.call("POST", "/api/webhooks", { name: "inside", url: "https://192.168.0.1/" });
    expect(refused).toMatchObject({ status: 422, body: { code: "webhook_refused" } });
  });
});

it("signs with the id, the time and every byte of the body", () => {
  const sign = (id: string, ms: number, body: string) =>
    deliveryHeaders("secret", id, new Date(ms), body)["x-edgewise-signature"];
  const signatures = [sign("a", 1000, "b"), sign("b", 1000, "b"), sign("a", 2000, "b"), sign("a", 1000, "c")];
  expect(new Set(signatures).size).toBe(4);
});

it("waits longer each time, no longer than an hour, and as long as the receiver asks", () => {
  const waits = Array.from({ length: ATTEMPTS_MAX }, (_, attempt) => deliveryBackoffMs(attempt, () => 0, null));
  expect(waits.slice(0, 3)).toEqual([1000, 2000, 4000]);
  expect(waits.at(-1)).toBe(3_600_000);
  expect(deliveryBackoffMs(0, () => 1, 60_000)).toBe(60_000);
});
