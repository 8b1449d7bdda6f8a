/** The audit log in a copy of the registry's file, verified without the control plane. Loaded when it is asked for: no other command needs the database's driver. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { AuditVerifyAnswer } from "../api/webhook-schemas.ts";
import { readAuditHead } from "../audit/audit-head.ts";
import { publicKeyOf } from "../audit/verify-chain.ts";
import { verifyRegistry } from "../audit/verify-registry.ts";
import type { CliFailure } from "./failure.ts";

export interface RegistryFileOptions {
  /** Public halves of the release keys, base64. */
  publicKey?: string[];
  /** Path of the head that the control plane keeps beside the registry. */
  head?: string;
}

/** Reads `path` without writing to it. `publicKey` must hold the halves that one trusts: whoever changed the file could have signed it anew. */
export async function verifyRegistryFile(
  path: string,
  { publicKey = [], head }: RegistryFileOptions,
): Promise<Result<AuditVerifyAnswer, CliFailure>> {
  if (publicKey.length === 0) return fail({ reason: "usage", detail: "--file needs --public-key: without it any key would do" });
  // SQLite would make an empty registry of a file that is not there.
  if (!existsSync(path)) return fail({ reason: "file_unreadable", path, detail: "there is no such file" });
  // Without it a log that was cut off at its end would be called whole.
  if (head !== undefined && !existsSync(head))
    return fail({ reason: "file_unreadable", path: head, detail: "there is no such file" });
  try {
    publicKey.forEach(publicKeyOf);
  } catch (error) {
    return fail({ reason: "usage", detail: (error as Error).message });
  }
  const client = createClient({ url: pathToFileURL(resolve(path)).href });
  try {
    await client.execute("PRAGMA query_only = 1");
    return succeed(await verifyRegistry(drizzle(client), publicKey, head === undefined ? undefined : readAuditHead(head)));
  } catch (error) {
    return fail({ reason: "file_unreadable", path, detail: (error as Error).message });
  } finally {
    client.close();
  }
}
