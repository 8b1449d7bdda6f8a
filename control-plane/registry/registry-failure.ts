/** Reads libSQL's errors: which mean BUSY, which mean that the registry cannot be used, and which are a bug of ours. */
import { LibsqlError } from "@libsql/client";
import type { RegistryFailure } from "../failure.ts";

/** Another connection holds the lock. SQLITE_BUSY_SNAPSHOT counts: a retry begins with a new snapshot. */
export function isBusy(error: unknown): boolean {
  const code = libsqlErrorOf(error)?.code;
  return code === "SQLITE_BUSY" || code === "SQLITE_LOCKED";
}

/** The failure that an error from libSQL stands for; undefined for anything else, a constraint or a wrong statement included. */
export function registryFailureOf(error: unknown, attempts: number): RegistryFailure | undefined {
  if (error instanceof RegistryFileReplaced) return { reason: "registry_unavailable", detail: "file_replaced" };
  if (isBusy(error)) return { reason: "registry_busy", attempts };
  const code = libsqlErrorOf(error)?.code;
  if (code !== undefined) return UNAVAILABLE_CODES.has(code) ? { reason: "registry_unavailable", detail: code } : undefined;
  return isNetworkError(error) ? { reason: "registry_unavailable", detail: "unreachable" } : undefined;
}

/** A registry file that was deleted or replaced under us still takes writes, into a file that nobody will ever open again. */
export class RegistryFileReplaced extends Error {}

const UNAVAILABLE_CODES: ReadonlySet<string> = new Set([
  "SQLITE_READONLY",
  "SQLITE_FULL",
  "SQLITE_IOERR",
  "SQLITE_CORRUPT",
  "SQLITE_NOTADB",
  "SQLITE_CANTOPEN",
  "SQLITE_PERM",
  "SQLITE_AUTH",
  // Over HTTP: the server closed, refused or timed out.
  "SERVER_ERROR",
  "HRANA_WEBSOCKET_ERROR",
  "HRANA_CLOSED_ERROR",
  "CLIENT_CLOSED",
  "TRANSACTION_CLOSED",
  "STREAM_EXPIRED",
]);

/** drizzle wraps the driver's error as the cause of its own. */
function libsqlErrorOf(error: unknown): LibsqlError | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof LibsqlError) return at;
  return undefined;
}

/** Node's fetch fails with a TypeError whose cause has the system's code. */
function isNetworkError(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof TypeError && at.message === "fetch failed") return true;
  }
  return false;
}
