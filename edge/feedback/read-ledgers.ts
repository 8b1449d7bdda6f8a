/** Reads every quality ledger for the control plane. A ledger that does not answer is reported as silent: what is known of it stays. */
import { ledgerCursor, ledgerReading, QUALITY_LEDGERS, type LedgerAnswer } from "../../contract/quality-ledger.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Env } from "../env.ts";
import type { Problem } from "../http/problem.ts";
import { ledgerName } from "./ledger-name.ts";

/** The control plane waits longer than this. */
const LEDGER_ANSWER_MS = 5_000;

/** Places of a reader in each ledger: one in every storage that the ledger ever had. */
export type LedgerCursors = ReadonlyMap<number, { epoch: string; revision: number }[]>;

/** The query `since`: where a reader was in each ledger. Absent: nowhere. */
export function readCursors(query: URLSearchParams): Result<LedgerCursors, Problem> {
  const cursors = new Map<number, { epoch: string; revision: number }[]>();
  for (const part of query.get("since")?.split(",") ?? []) {
    if (!ledgerCursor.safeParse(part).success) {
      return fail({
        reason: "query_invalid",
        parameter: "since",
        detail: "takes {ledger}:{epoch}:{revision}, several separated by commas",
      });
    }
    const [ledger, epoch, revision] = part.split(":") as [string, string, string];
    cursors.set(Number(ledger), [...(cursors.get(Number(ledger)) ?? []), { epoch, revision: Number(revision) }]);
  }
  return succeed(cursors);
}

export async function readLedgers(env: Env, since: LedgerCursors): Promise<LedgerAnswer[]> {
  return Promise.all(
    Array.from({ length: QUALITY_LEDGERS }, async (_, ledger): Promise<LedgerAnswer> => {
      let timer: number | null = null;
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error("no answer")), LEDGER_ANSWER_MS);
      });
      try {
        const reading = env.QUALITY_LEDGER.getByName(ledgerName(ledger)).read(ledger, since.get(ledger) ?? []);
        // Parsed: what came over RPC is another version's word during a gradual deploy.
        return ledgerReading.parse(await Promise.race([reading, late]));
      } catch {
        return { ledger, silent: true };
      } finally {
        clearTimeout(timer);
      }
    }),
  );
}
