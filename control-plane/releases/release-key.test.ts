import { generateKeyPairSync, webcrypto } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { signedText, type UnsignedRelease } from "../../contract/release.ts";
import { releaseKeyOfBase64, releaseKeyOfFile } from "./release-key.ts";

const sha256 = "a".repeat(64);
const unsigned: UnsignedRelease = {
  schema: 1,
  model: "m",
  generation: 1,
  issuedAt: "2026-11-23T10:00:00.000Z",
  stable: { version: "v1", artifact: { key: "models/m/a.onnx", sha256, bytes: 1 }, manifest: { key: "models/m/a.json", sha256 } },
  canary: null,
  shadow: null,
};

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "edgewise-key-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("a release key", () => {
  it("makes signatures that Web Crypto, which the edge has, verifies with the raw public key", async () => {
    const key = releaseKeyOfFile(join(directory, "key.pem"));
    const { signature } = key.signRelease(unsigned);
    const raw = Buffer.from(key.publicKey, "base64");
    expect(raw).toHaveLength(32);
    const publicKey = await webcrypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
    const isValid = (text: string) =>
      webcrypto.subtle.verify("Ed25519", publicKey, Buffer.from(signature, "base64"), new TextEncoder().encode(text));
    expect(await isValid(signedText(unsigned))).toBe(true);
    expect(await isValid(signedText({ ...unsigned, generation: 2 }))).toBe(false);
  });

  it("is the same at every start, in a file for its owner only", () => {
    const path = join(directory, "key.pem");
    expect(releaseKeyOfFile(path).publicKey).toBe(releaseKeyOfFile(path).publicKey);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("does not recognize what another key signed", () => {
    const [one, other] = [releaseKeyOfFile(join(directory, "one.pem")), releaseKeyOfFile(join(directory, "other.pem"))];
    expect(one.isSigned(one.signRelease(unsigned))).toBe(true);
    expect(one.isSigned(other.signRelease(unsigned))).toBe(false);
  });

  it("can be given as base64, and is refused without being shown when it is none", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const base64 = privateKey.export({ type: "pkcs8", format: "der" }).toString("base64");
    expect(releaseKeyOfBase64(base64).isSigned(releaseKeyOfBase64(base64).signRelease(unsigned))).toBe(true);
    const secret = Buffer.from("hush hush").toString("base64");
    expect(() => releaseKeyOfBase64(secret)).toThrow(/^the release key is not a PKCS#8 private key$/);
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });
    writeFileSync(join(directory, "rsa.pem"), rsa);
    expect(() => releaseKeyOfFile(join(directory, "rsa.pem"))).toThrow("is rsa, not ed25519");
  });
});
