/** The form of an API token, and the comparison with a stored digest. Only the digest is ever stored. */
import { createHash, timingSafeEqual } from "node:crypto";

const TOKEN = /^ew_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/;
const ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

/** A new token with its id. `random` gives that many random bytes. */
export function makeToken(random: (bytes: number) => Uint8Array): { id: string; token: string } {
  // 256 is no multiple of 36, so some letters come a little more often: the id is a name, not the secret.
  const id = Array.from(random(12), (byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join("");
  return { id, token: `ew_${id}_${Buffer.from(random(32)).toString("base64url")}` };
}

/** The id within a token; undefined when the text is not of a token's form. */
export const tokenIdOf = (token: string): string | undefined => TOKEN.exec(token)?.[1];

export const tokenDigest = (token: string): string => createHash("sha256").update(token).digest("hex");

/** Compares in a time that does not depend on where the two differ. Both are of one length, as timingSafeEqual demands. */
export function isTokenOf(token: string, digest: string): boolean {
  const got = createHash("sha256").update(token).digest();
  const expected = Buffer.from(digest, "hex");
  return expected.length === got.length && timingSafeEqual(got, expected);
}
