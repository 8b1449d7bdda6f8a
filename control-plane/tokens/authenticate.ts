/** From an Authorization header to who calls, or why not. Reads the registry, changes nothing. */
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Queries } from "../registry/database.ts";
import { isTokenOf, tokenIdOf } from "./token.ts";
import { findTokenRow, type TokenRow } from "./token-records.ts";

export type AuthenticationFailure = "token_missing" | "token_invalid";

/** A token that is unknown, wrong, expired or revoked is the same failure: the caller learns nothing from the difference. */
export async function authenticate(
  db: Queries,
  authorization: string | undefined,
  now: Date,
): Promise<Result<TokenRow, AuthenticationFailure>> {
  if (authorization === undefined) return fail("token_missing");
  const token = /^bearer +(\S+)$/i.exec(authorization.trim())?.[1];
  const id = token === undefined ? undefined : tokenIdOf(token);
  if (token === undefined || id === undefined) return fail("token_invalid");
  const row = await findTokenRow(db, id);
  if (!row || !isTokenOf(token, row.digest)) return fail("token_invalid");
  if (row.revokedAt !== null) return fail("token_invalid");
  if (row.expiresAt !== null && !(now.getTime() < Date.parse(row.expiresAt))) return fail("token_invalid");
  return succeed(row);
}
