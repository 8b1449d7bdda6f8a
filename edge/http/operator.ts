/** Whether a request carries the operator's bearer token. Compared in constant time, over digests, so that its length does not show either. */
import { fail, succeed, type Result } from "../../contract/result.ts";

export type OperatorProblem = { reason: "token_missing" } | { reason: "token_invalid" };

export async function checkOperator(request: Request, edgeToken: string): Promise<Result<void, OperatorProblem>> {
  const header = request.headers.get("authorization");
  if (header === null) return fail({ reason: "token_missing" });
  const given = /^Bearer ([^\s,]+)$/i.exec(header)?.[1] ?? "";
  const encoder = new TextEncoder();
  const [a, b] = await Promise.all([given, edgeToken].map((token) => crypto.subtle.digest("SHA-256", encoder.encode(token))));
  return crypto.subtle.timingSafeEqual(a as ArrayBuffer, b as ArrayBuffer)
    ? succeed(undefined)
    : fail({ reason: "token_invalid" });
}
