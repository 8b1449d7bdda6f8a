import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { controlPlaneCommand, edgeCommand, type StartPlan } from "./parts.ts";
import { prepareSecrets } from "./secrets.ts";

let folder: string;
beforeEach(() => void (folder = join(mkdtempSync(join(tmpdir(), "edgewise-secrets-")), "state")));
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

it("makes a directory for its owner only, and in it files for its owner only", () => {
  prepareSecrets(folder);
  expect(modeOf(folder)).toBe("700");
  expect(readdirSync(folder).toSorted()).toEqual(["edge-token", "edge.env", "receipt-key", "release-key.pem"]);
  for (const name of readdirSync(folder)) expect(modeOf(join(folder, name)), name).toBe("600");
});

it("keeps what it made before, so that releases signed before still verify", () => {
  const first = prepareSecrets(folder);
  const before = readFileSync(first.edgeEnvFile, "utf8");
  const again = prepareSecrets(folder);
  expect(again.edgeToken).toBe(first.edgeToken);
  expect(readFileSync(again.edgeEnvFile, "utf8")).toBe(before);
});

it("gives the Worker a public key of 32 bytes and a token that nobody guesses", () => {
  const { edgeToken, edgeEnvFile } = prepareSecrets(folder);
  const [, publicKey = ""] = /^RELEASE_PUBLIC_KEYS="(.+)"$/m.exec(readFileSync(edgeEnvFile, "utf8")) ?? [];
  expect(Buffer.from(publicKey, "base64")).toHaveLength(32);
  expect(Buffer.from(edgeToken, "base64url")).toHaveLength(32);
});

it("puts no secret on a command line, where every user of the machine can read it", () => {
  const secrets = prepareSecrets(folder);
  const plan: StartPlan = {
    repositoryDirectory: "/checkout",
    stateDirectory: folder,
    edgePort: 1,
    controlPlanePort: 2,
    secrets,
    bindings: { kvNamespaceId: "releases", r2Bucket: "models" },
    environment: { CLOUDFLARE_API_TOKEN: "real", CLOUDFLARE_ACCOUNT_ID: "real", RELEASE_PRIVATE_KEY: "real" },
  };
  for (const { parameters } of [edgeCommand(plan), controlPlaneCommand(plan)]) {
    expect(parameters.join(" ")).not.toContain(secrets.edgeToken);
  }
  // Production's credentials that happen to be in the shell must not reach a local start.
  expect(Object.values(controlPlaneCommand(plan).environment)).not.toContain("real");
});
