import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { release as releaseSchema } from "../../contract/release.ts";
import type { DoubleCall, Fate } from "../testing/cloudflare-double.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing/test-control-plane.ts";

let plane: TestControlPlane;

beforeEach(async () => {
  plane = await startTestControlPlane({ PUBLISH_WAIT_MS: "300" });
});
afterEach(() => plane.close());

const promote = (version: string) =>
  plane.call("POST", `/api/models/m/versions/${version}/promote`, { stage: "production", reason: "a test" });
const publication = async () => (await plane.call("GET", "/api/models/m/release")).body.publication;
const kvGeneration = (): number | undefined => {
  const value = plane.double.values.get("release:m");
  return value === undefined ? undefined : releaseSchema.parse(JSON.parse(value)).generation;
};
const releasePuts = () =>
  plane.double.calls.filter(({ kind, method, key }) => kind === "KV" && method === "PUT" && key === "release:m");

/** The first call that matches meets `fate`, the others are answered. */
function once(matches: (call: DoubleCall) => boolean, fate: Fate): void {
  let isMet = false;
  plane.double.decide = (call) => {
    if (isMet || !matches(call)) return { state: "answer" };
    isMet = true;
    return fate;
  };
}

const is = (kind: string, method: string, key: RegExp) => (call: DoubleCall) =>
  call.kind === kind && call.method === method && key.test(call.key);

/** Stages versions and waits until that is published, so that only the promotion's calls are left to look at. */
async function staged(count: number): Promise<void> {
  for (const version of await plane.stagedVersions("m", count)) {
    await expect.poll(() => plane.double.values.has(`staged:m:${version}`), { timeout: 10_000 }).toBe(true);
  }
  plane.double.calls.length = 0;
}

describe("the order of a publication", () => {
  it("is object, read back, object, read back, and only then the key and its reading back", async () => {
    await plane.register("m", "content");
    plane.double.decide = (call) => (call.key.startsWith("staged:") ? { state: "fail", status: 500 } : { state: "answer" });
    await plane.call("POST", "/api/models/m/versions/v1/promote", { stage: "staging", reason: "a test" });
    plane.double.calls.length = 0;
    plane.double.objects.clear();
    await promote("v1");
    await expect.poll(async () => (await publication()).state, { timeout: 10_000 }).toBe("published");
    const names = plane.double.names().map((name) => name.replace(/[0-9a-f]{64}/, "…"));
    expect(names.filter((name) => !name.includes("staged:"))).toEqual([
      "R2 GET models/m/….onnx",
      "R2 PUT models/m/….onnx",
      "R2 GET models/m/….onnx",
      "R2 GET models/m/….json",
      "R2 PUT models/m/….json",
      "R2 GET models/m/….json",
      "KV GET release:m",
      "KV PUT release:m",
      "KV GET release:m",
    ]);
  });

  it("leaves objects alone that are there already, and replaces one whose bytes are not its name's", async () => {
    await staged(1);
    const key = [...plane.double.objects.keys()].find((name) => name.endsWith(".onnx")) ?? "";
    plane.double.objects.set(key, Buffer.from("other bytes"));
    await promote("v1");
    await expect.poll(async () => (await publication()).state, { timeout: 10_000 }).toBe("published");
    expect(plane.double.names().filter((name) => name.startsWith("R2 PUT"))).toEqual([`R2 PUT ${key}`]);
    expect(plane.double.objects.get(key)?.toString()).toBe("m artifact 0");
  });

  it("never writes the key when R2 keeps other bytes than were sent", async () => {
    await staged(1);
    plane.double.objects.clear();
    plane.double.decide = (call) => {
      if (is("R2", "GET", /onnx$/)(call)) plane.double.objects.set(call.key, Buffer.from("flipped"));
      return { state: "answer" };
    };
    expect(await promote("v1")).toMatchObject({ status: 202, body: { published: false, publication: { state: "pending" } } });
    await expect
      .poll(async () => (await publication()).lastError, { timeout: 10_000 })
      .toMatch(/^R2 has [0-9a-f]{64} under .* after an upload of [0-9a-f]{64}$/);
    expect(releasePuts()).toEqual([]);
  });
});

describe("a call that fails", () => {
  const cases: [string, (call: DoubleCall) => boolean, Fate][] = [
    ["reading an object", is("R2", "GET", /onnx$/), { state: "fail", status: 500 }],
    ["writing an object, not applied", is("R2", "PUT", /onnx$/), { state: "fail", status: 503 }],
    ["writing an object, applied all the same", is("R2", "PUT", /json$/), { state: "fail", status: 500, applied: true }],
    ["reading the key", is("KV", "GET", /^release:m/), { state: "fail", status: 502 }],
    ["writing the key, not applied", is("KV", "PUT", /^release:m/), { state: "fail", status: 500 }],
    ["writing the key, applied all the same", is("KV", "PUT", /^release:m/), { state: "fail", status: 500, applied: true }],
    ["writing the key, refused for now", is("KV", "PUT", /^release:m/), { state: "fail", status: 429, retryAfterSeconds: 0 }],
    ["a wrong API token", is("KV", "PUT", /^release:m/), { state: "fail", status: 403 }],
  ];

  it.each(cases)("(%s) is repaired in the background under the same generation", async (_name, matches, fate) => {
    await staged(1);
    plane.double.objects.clear();
    once(matches, fate);
    expect((await promote("v1")).body.generation).toBe(1);
    await expect.poll(async () => (await publication()).state, { timeout: 10_000 }).toBe("published");
    expect(kvGeneration()).toBe(1);
    expect(await publication()).toMatchObject({ attempts: 2, lastError: null });
  });

  it("is told by an answer that does not wait for ever, and by the release", async () => {
    await staged(1);
    plane.double.decide = ({ key }) => (key === "release:m" ? { state: "fail", status: 403 } : { state: "answer" });
    expect(await promote("v1")).toMatchObject({
      status: 202,
      body: { generation: 1, published: false, publication: { state: "pending" } },
    });
    await expect
      .poll(async () => (await publication()).lastError, { timeout: 10_000 })
      .toMatch(/^KV GET release:m: refused with 403/);
  });

  it("waits as long as Retry-After says", async () => {
    await staged(1);
    once(is("KV", "PUT", /^release:m/), { state: "fail", status: 429, retryAfterSeconds: 2 });
    await promote("v1");
    await expect.poll(async () => (await publication()).state, { timeout: 15_000 }).toBe("published");
    const [first, second] = releasePuts();
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(2000);
  });

  it("does not write the key again when the write was applied though it seemed to fail", async () => {
    await staged(1);
    once(is("KV", "PUT", /^release:m/), { state: "fail", status: 500, applied: true });
    await promote("v1");
    await expect.poll(async () => (await publication()).state, { timeout: 10_000 }).toBe("published");
    expect(releasePuts()).toHaveLength(1);
  });
});

describe("generations", () => {
  it("that were overtaken are never written, and the last one is", async () => {
    await staged(4);
    let isDown = true;
    plane.double.decide = ({ key }) => (isDown && key === "release:m" ? { state: "fail", status: 500 } : { state: "answer" });
    for (const version of ["v1", "v2", "v3", "v4"]) expect((await promote(version)).status).toBe(202);
    plane.double.calls.length = 0;
    isDown = false;
    await expect.poll(async () => (await publication()).state, { timeout: 15_000 }).toBe("published");
    expect(kvGeneration()).toBe(4);
    expect(releasePuts()).toHaveLength(1);
    expect((await plane.call("GET", "/health")).body.publications).toEqual({ pending: 0, lastError: null });
  });

  it("that KV has newer, signed by us, are not overwritten by an old copy of the registry", async () => {
    await staged(1);
    await promote("v1");
    await expect.poll(async () => (await publication()).state, { timeout: 10_000 }).toBe("published");
    const { signature: _, ...current } = releaseSchema.parse(JSON.parse(plane.double.values.get("release:m") ?? ""));
    const newer = JSON.stringify(plane.controlPlane.key.signRelease({ ...current, generation: 9 }));
    plane.double.values.set("release:m", newer);
    await plane.stagedVersions("m", 2);
    await promote("v2");
    await expect
      .poll(async () => (await publication()).lastError, { timeout: 10_000 })
      .toMatch(/generation 9 .* whose newest is 2/);
    expect(plane.double.values.get("release:m")).toBe(newer);
  });

  it("that somebody else made up do not stop ours", async () => {
    await staged(1);
    await promote("v1");
    await expect.poll(async () => (await publication()).state, { timeout: 10_000 }).toBe("published");
    const current = releaseSchema.parse(JSON.parse(plane.double.values.get("release:m") ?? ""));
    plane.double.values.set("release:m", JSON.stringify({ ...current, generation: 99 }));
    await plane.stagedVersions("m", 2);
    await promote("v2");
    await expect.poll(kvGeneration, { timeout: 5000 }).toBe(2);
  });
});

describe("one key", () => {
  it("is written at most once a second", async () => {
    await staged(3);
    for (const version of ["v1", "v2", "v3"]) {
      await promote(version);
      await expect.poll(async () => (await publication()).state, { timeout: 10_000 }).toBe("published");
    }
    const atMs = releasePuts().map((call) => call.atMs);
    expect(atMs).toHaveLength(3);
    for (let index = 1; index < atMs.length; index++)
      expect((atMs[index] ?? 0) - (atMs[index - 1] ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it("is given its second after a restart too, which may have come right after a write", async () => {
    await staged(1);
    once(is("KV", "PUT", /^release:m/), { state: "fail", status: 500 });
    await promote("v1");
    await plane.restart();
    await expect.poll(kvGeneration, { timeout: 10_000 }).toBe(1);
    const [first, second] = releasePuts();
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it("that cannot be published does not hold up the keys of another model", async () => {
    await staged(1);
    await plane.stagedVersions("other", 1);
    plane.double.decide = ({ key }) => (key === "release:m" ? { state: "hang" } : { state: "answer" });
    await promote("v1");
    const answer = await plane.call("POST", "/api/models/other/versions/v1/promote", { stage: "production", reason: "a test" });
    expect(answer.status).toBeLessThan(300);
    await expect
      .poll(async () => (await plane.call("GET", "/api/models/other/release")).body.publication.state, { timeout: 10_000 })
      .toBe("published");
    plane.double.decide = () => ({ state: "answer" });
  });
});
