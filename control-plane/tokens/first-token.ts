/** The admin token that a start writes to a file when nobody could administer otherwise. */
import { succeed } from "../../contract/result.ts";
import type { Registry } from "../registry/database.ts";
import { replaceSecretFile } from "../secret-file.ts";
import { createToken, hasUsableAdmin } from "./token-records.ts";

/** True when a token was written to `path`. */
export async function ensureAdminToken(
  registry: Registry,
  path: string,
  now: Date,
  random: (bytes: number) => Uint8Array,
): Promise<boolean> {
  if (await registry.read((db) => hasUsableAdmin(db, now))) return false;
  const context = { actor: { tokenId: "start", name: "first start" }, requestId: "start", now };
  const created = await registry.write(async (db) => {
    const { token } = await createToken(db, context, random, { name: "admin", role: "admin" });
    // Before the commit: a token that is stored and not in the file would lock everybody out.
    replaceSecretFile(path, `${token}\n`);
    return succeed(undefined);
  });
  if (!created.ok) throw new Error(`the first admin token could not be stored: ${JSON.stringify(created.failure)}`);
  return true;
}
