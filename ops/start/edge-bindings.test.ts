import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { edgeBindings } from "./edge-bindings.ts";

it("finds the ids in the repository's own wrangler.toml", () => {
  const bindings = edgeBindings(readFileSync(new URL("../../wrangler.toml", import.meta.url), "utf8"));
  expect(bindings.kvNamespaceId).toMatch(/^[\w-]+$/);
  expect(bindings.r2Bucket).toBe("edgewise-models");
});

it("takes the entry of the right binding among several", () => {
  const toml = `
[[kv_namespaces]]
binding = "OTHER"
id = "wrong"

[[kv_namespaces]]
id = "right"
binding = "RELEASES"

[[r2_buckets]]
binding = "MODELS"
bucket_name = "models" # for now
`;
  expect(edgeBindings(toml)).toEqual({ kvNamespaceId: "right", r2Bucket: "models" });
});

it("says what it did not find", () => {
  expect(() => edgeBindings('[[kv_namespaces]]\nbinding = "OTHER"\nid = "x"\n')).toThrow(
    /no \[\[kv_namespaces\]\] with binding = "RELEASES"/,
  );
});
