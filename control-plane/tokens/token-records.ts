/** Tokens in the registry: create, list, revoke, look up for a request, note their use. */
import { and, asc, eq, gt, isNull, or } from "drizzle-orm";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Role, TokenAnswer, TokenCreatedAnswer } from "../api/schemas.ts";
import type { LookupFailure } from "../failure.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { apiTokens } from "../registry/schema.ts";
import { makeToken, tokenDigest } from "./token.ts";

export type TokenRow = typeof apiTokens.$inferSelect;

/** The answer is the only place where the token itself is ever seen. */
export async function createToken(
  db: Queries,
  context: ActContext,
  random: (bytes: number) => Uint8Array,
  { name, role, expiresAt }: { name: string; role: Role; expiresAt?: string | undefined },
): Promise<TokenCreatedAnswer> {
  const { id, token } = makeToken(random);
  const row: TokenRow = {
    id,
    name,
    role,
    digest: tokenDigest(token),
    createdAt: context.now.toISOString(),
    createdBy: context.actor.name,
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    lastUsedAt: null,
    revokedAt: null,
  };
  await db.insert(apiTokens).values(row);
  await appendAudit(db, context, { act: "token_create", details: { id, name, role, expiresAt: row.expiresAt } });
  return { ...toAnswer(row), token };
}

/** Revoked and expired ones included: the list says who had access. */
export async function listTokens(db: Queries): Promise<TokenAnswer[]> {
  return (await db.select().from(apiTokens).orderBy(asc(apiTokens.createdAt))).map(toAnswer);
}

/** Revoking a revoked token changes nothing. */
export async function revokeToken(db: Queries, context: ActContext, id: string): Promise<Result<TokenAnswer, LookupFailure>> {
  const row = await findTokenRow(db, id);
  if (!row) return fail({ reason: "token_unknown", id });
  if (row.revokedAt !== null) return succeed(toAnswer(row));
  const revokedAt = context.now.toISOString();
  await db.update(apiTokens).set({ revokedAt }).where(eq(apiTokens.id, id));
  await appendAudit(db, context, { act: "token_revoke", details: { id, name: row.name } });
  return succeed(toAnswer({ ...row, revokedAt }));
}

export async function findTokenRow(db: Queries, id: string): Promise<TokenRow | undefined> {
  const [row] = await db.select().from(apiTokens).where(eq(apiTokens.id, id));
  return row;
}

export async function noteTokenUse(db: Queries, id: string, now: Date): Promise<void> {
  await db.update(apiTokens).set({ lastUsedAt: now.toISOString() }).where(eq(apiTokens.id, id));
}

/** Whether anybody can still administer: without one, the next start makes a new admin token. */
export async function hasUsableAdmin(db: Queries, now: Date): Promise<boolean> {
  const isUnexpired = or(isNull(apiTokens.expiresAt), gt(apiTokens.expiresAt, now.toISOString()));
  const [row] = await db
    .select({ id: apiTokens.id })
    .from(apiTokens)
    .where(and(eq(apiTokens.role, "admin"), isNull(apiTokens.revokedAt), isUnexpired))
    .limit(1);
  return row !== undefined;
}

const toAnswer = ({ digest: _, ...row }: TokenRow): TokenAnswer => row;
