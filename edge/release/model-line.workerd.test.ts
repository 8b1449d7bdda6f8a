import { beforeEach, describe, expect, it } from "vitest";
import { releaseKey } from "../../contract/names.ts";
import type { ReleaseTarget } from "../../contract/release.ts";
import { wasmMemoryBytes } from "../runtime/wasm-memory.ts";
import {
  artifacts,
  digestOf,
  env,
  exampleAnswer,
  exampleRows,
  observedLine,
  publish,
  putVersion,
  sign,
  unsignedRelease,
} from "./release.fixture.ts";

const model = "pm25_predictor";
let v1: ReleaseTarget;
let v2: ReleaseTarget;

beforeEach(async () => {
  v1 = await putVersion(model, "v1");
  v2 = await putVersion(model, "v2");
});

/** A line that serves v1 at generation 5, the state that every fault below must leave as it was. */
async function servingV1(artifactBytesMax?: number) {
  const observed = observedLine(model, artifactBytesMax);
  await publish(model, 5, v1);
  await observed.refresh();
  expect(observed.line.serving?.stable.version).toBe("v1");
  return {
    ...observed,
    async expectStillExact() {
      expect(observed.line.serving?.release.generation).toBe(5);
      const [answer] = observed.line.serving?.stable.session.run([exampleRows]) ?? [];
      expect(answer?.data).toEqual((await exampleAnswer("v1")).data);
    },
  };
}

async function expectRefused(reason: string, breakIt: () => Promise<unknown>, artifactBytesMax?: number) {
  const observed = await servingV1(artifactBytesMax);
  await breakIt();
  await observed.refresh();
  expect(observed.refusals.map((refusal) => refusal.reason)).toEqual([reason]);
  await observed.expectStillExact();
}

const put = (value: string) => env.RELEASES.put(releaseKey(model), value);
const putSigned = async (generation: number, target: ReleaseTarget) =>
  put(JSON.stringify(await sign(unsignedRelease(model, generation, target))));

describe("a model line takes over a good release", () => {
  it("serves the new version exactly and lets go of the old one", async () => {
    const { line, refresh, loads, refusals } = await servingV1();
    const old = line.serving?.stable.session;
    await publish(model, 6, v2);
    await refresh();
    const [answer] = line.serving?.stable.session.run([exampleRows]) ?? [];
    expect(answer?.data).toEqual((await exampleAnswer("v2")).data);
    expect(old?.isRetired).toBe(true);
    expect(loads).toEqual(["v1", "v2"]);
    expect(refusals).toEqual([]);
  });

  it("answers every request that began before the swap from the version that it began with", async () => {
    const { line, refresh } = await servingV1();
    const old = line.serving!.stable.session;
    await publish(model, 6, v2);
    const answers = Array.from({ length: 64 }, () => old.run([exampleRows]));
    await refresh();
    for (const [answer] of answers) expect(answer?.data).toEqual((await exampleAnswer("v1")).data);
    expect(() => old.run([exampleRows])).toThrow("released session");
  });

  it("keeps the WASM memory flat over 100 swaps", async () => {
    const { line, refresh } = await servingV1();
    const bytes: number[] = [];
    for (let generation = 6; generation < 106; generation++) {
      await publish(model, generation, generation % 2 === 0 ? v2 : v1);
      await refresh();
      expect(line.serving?.release.generation).toBe(generation);
      bytes.push(wasmMemoryBytes());
    }
    expect(bytes.at(-1)).toBe(bytes[1]);
  });

  it("keeps a version that the next release also names, without loading it again", async () => {
    const { line, refresh, loads } = await servingV1();
    const kept = line.serving?.stable.session;
    await put(
      JSON.stringify(
        await sign({ ...unsignedRelease(model, 6, v1), shadow: { ...v2, tolerance: { absolute: 0, relative: 0.1 } } }),
      ),
    );
    await refresh();
    expect(line.serving?.stable.session).toBe(kept);
    expect([...(line.serving?.versions.keys() ?? [])]).toEqual(["v1", "v2"]);
    expect(loads).toEqual(["v1", "v2"]);
  });
});

describe("a model line refuses and goes on serving exactly", () => {
  it("a flipped bit: each is refused by the digest before onnxruntime sees a byte", async () => {
    const flips = Number(env.TEST_FLIPPED_BITS);
    expect(flips).toBeGreaterThan(0);
    const { line, refresh, refusals, loads } = observedLine(model);
    await publish(model, 5, v2);
    await refresh();
    const bytes = artifacts.v1.slice();
    for (let seed = 0; seed < flips; seed++) {
      const bit = Math.imul(seed + 1, 2654435761) >>> 0;
      const at = bit % bytes.length;
      const mask = 1 << ((bit >>> 24) & 7);
      bytes[at] = (bytes[at] as number) ^ mask;
      await env.MODELS.put(v1.artifact.key, bytes);
      bytes[at] = (bytes[at] as number) ^ mask;
      await putSigned(6 + seed, v1);
      await refresh();
    }
    expect(refusals.filter(({ reason }) => reason === "digest_mismatch")).toHaveLength(flips);
    expect(loads).toEqual(["v2"]);
    const [answer] = line.serving?.stable.session.run([exampleRows]) ?? [];
    expect(answer?.data).toEqual((await exampleAnswer("v2")).data);
  });

  it("a truncated artifact", () =>
    expectRefused("digest_mismatch", async () => {
      await env.MODELS.put(v2.artifact.key, artifacts.v2.subarray(0, 1000));
      await putSigned(6, v2);
    }));

  it("a missing artifact", () =>
    expectRefused("object_missing", async () => {
      await env.MODELS.delete(v2.artifact.key);
      await putSigned(6, v2);
    }));

  it("a changed manifest", () =>
    expectRefused("digest_mismatch", async () => {
      await env.MODELS.put(v2.manifest.key, "{}");
      await putSigned(6, v2);
    }));

  it("bytes that are no model, though digest and signature are right", () =>
    expectRefused("session_rejected", async () => {
      await putSigned(6, await putVersion(model, "v2", { bytes: new TextEncoder().encode("<html>not a model</html>") }));
    }));

  it("a model cut in half, though digest and signature are right", () =>
    expectRefused("session_rejected", async () => {
      await putSigned(6, await putVersion(model, "v2", { bytes: artifacts.v2.slice(0, artifacts.v2.length >> 1) }));
    }));

  it("a manifest of another version", () =>
    expectRefused("manifest_invalid", async () => {
      const target = await putVersion(model, "v2", { change: (manifest) => ({ ...manifest, version: "v9" }) });
      await putSigned(6, target);
    }));

  it("a manifest of an unknown schema", () =>
    expectRefused("manifest_invalid", async () => {
      await putSigned(6, await putVersion(model, "v2", { change: (manifest) => ({ ...manifest, schema: 2 }) }));
    }));

  it("golden rows that come out differently", () =>
    expectRefused("golden_mismatch", async () => {
      // v1's recorded answers under v2's bytes: a mix-up that no digest can see.
      const golden = (await env.MODELS.get(v1.manifest.key).then((object) => object?.json())) as { golden: unknown };
      await putSigned(6, await putVersion(model, "v2", { change: (manifest) => ({ ...manifest, golden: golden.golden }) }));
    }));

  it("an artifact over the size cap, from the release's own word, before fetching it", () =>
    expectRefused("artifact_too_large", () => putSigned(6, v2), artifacts.v1.byteLength));

  it("a signature by another key", () =>
    expectRefused("release_signature_invalid", async () => {
      const pair = (await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"])) as CryptoKeyPair;
      await put(JSON.stringify(await sign(unsignedRelease(model, 6, v2), pair.privateKey)));
    }));

  it("a release edited after it was signed", () =>
    expectRefused("release_signature_invalid", async () => {
      await put(JSON.stringify({ ...(await sign(unsignedRelease(model, 6, v1))), stable: v2 }));
    }));

  it("a genuine release of another model, moved here", () =>
    expectRefused("release_model_mismatch", async () => {
      await put(JSON.stringify(await sign(unsignedRelease("other_model", 6, v2))));
    }));

  it("a genuine release of a lower generation, replayed", () => expectRefused("generation_lower", () => putSigned(4, v2)));

  it("the same generation with other content: nothing changes", async () => {
    const { line, refresh, refusals } = await servingV1();
    await putSigned(5, v2);
    await refresh();
    expect(line.serving?.stable.version).toBe("v1");
    expect(refusals).toEqual([]);
  });

  it("no value at all", () => expectRefused("release_missing", () => env.RELEASES.delete(releaseKey(model))));
  it("a value that is not JSON", () => expectRefused("release_unreadable", () => put("<html>")));
  it("the JSON value null", () => expectRefused("release_schema_unknown", () => put("null")));
  it("an unknown schema", () =>
    expectRefused("release_schema_unknown", async () =>
      put(JSON.stringify({ ...(await sign(unsignedRelease(model, 6, v2))), schema: 2 })),
    ));
  it("an unknown field", () =>
    expectRefused("release_schema_unknown", async () =>
      put(JSON.stringify({ ...(await sign(unsignedRelease(model, 6, v2))), also: 1 })),
    ));
  it("a value of megabytes", () => expectRefused("release_unreadable", () => put(`{"junk":"${"x".repeat(1_000_000)}"}`)));

  it("and takes over once the object is repaired", async () => {
    const { line, refresh, refusals } = await servingV1();
    await env.MODELS.delete(v2.artifact.key);
    await putSigned(6, v2);
    await refresh();
    expect(refusals.map(({ reason }) => reason)).toEqual(["object_missing"]);
    await putVersion(model, "v2");
    await refresh();
    expect(line.serving?.stable.version).toBe("v2");
    expect(line.refusal).toBeUndefined();
  });
});

describe("generations", () => {
  it("never fall within an isolate, not even over an unload", async () => {
    const { line, refresh, refusals } = await servingV1();
    line.unload();
    await putSigned(4, v2);
    await refresh();
    expect(line.serving).toBeUndefined();
    expect(refusals).toEqual([{ reason: "generation_lower", got: 4, serving: 5 }]);
  });

  it("rise in a rollback: a new generation that names the old version", async () => {
    const { line, refresh } = await servingV1();
    await publish(model, 6, v2);
    await refresh();
    await publish(model, 7, v1);
    await refresh();
    expect([line.serving?.stable.version, line.serving?.release.generation]).toEqual(["v1", 7]);
  });
});

it("digests what the fixture says", async () => {
  expect(await digestOf(artifacts.v1)).toBe(v1.artifact.sha256);
});
