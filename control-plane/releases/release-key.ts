/**
 * The Ed25519 key pair that signs releases. The private key stays here; the edge has the public key. Rotation: give the edge both public
 * keys, change the private one, promote again, take the old public key away.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  signedText,
  type Release,
  type StagedRecord,
  type UnsignedRelease,
  type UnsignedStagedRecord,
} from "../../contract/release.ts";
import { createSecretFile } from "../secret-file.ts";

export interface ReleaseKey {
  /** Base64 of the raw 32 bytes, as the edge wants it in RELEASE_PUBLIC_KEYS. */
  publicKey: string;
  signRelease(release: UnsignedRelease): Release;
  signStaged(record: UnsignedStagedRecord): StagedRecord;
  isSigned(record: Release | StagedRecord): boolean;
  /** Base64 signature of a text's UTF-8 bytes. For canonical JSON of records that name their own `kind`, so that none passes for another. */
  signText(text: string): string;
  isTextSigned(text: string, signature: string): boolean;
}

/** The key of a base64 PKCS#8 DER text. Throws when it is not one or not Ed25519; the message never has the text. */
export function releaseKeyOfBase64(base64: string): ReleaseKey {
  return releaseKeyOf(() => createPrivateKey({ key: Buffer.from(base64, "base64"), format: "der", type: "pkcs8" }));
}

/** The key in the PEM file at `path`, which is made on the first call. */
export function releaseKeyOfFile(path: string): ReleaseKey {
  createSecretFile(path, () => generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  return releaseKeyOf(() => createPrivateKey(readFileSync(path)));
}

function releaseKeyOf(read: () => KeyObject): ReleaseKey {
  const privateKey = readEd25519(read);
  const publicKey = createPublicKey(privateKey);
  const signText = (text: string): string => sign(null, Buffer.from(text), privateKey).toString("base64");
  const isTextSigned = (text: string, signature: string): boolean =>
    verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64"));
  return {
    // An Ed25519 SubjectPublicKeyInfo is a fixed 12-byte prefix and the key (RFC 8410 §4).
    publicKey: publicKey.export({ type: "spki", format: "der" }).subarray(12).toString("base64"),
    signRelease: (release) => ({ ...release, signature: signText(signedText(release)) }),
    signStaged: (record) => ({ ...record, signature: signText(signedText(record)) }),
    isSigned: (record) => isTextSigned(signedText(record), record.signature),
    signText,
    isTextSigned,
  };
}

function readEd25519(read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    // The cause is left out on purpose: OpenSSL's messages may quote what they could not read.
    throw new Error("the release key is not a PKCS#8 private key");
  }
  if (key.asymmetricKeyType !== "ed25519") throw new Error(`the release key is ${key.asymmetricKeyType}, not ed25519`);
  return key;
}
