/**
 * How far the chain had come, in a file outside of the registry: a chain alone cannot tell that its last rows are gone. Written after each commit that
 * added rows, so after a kill it may be a few rows behind, and never ahead.
 */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { replaceSecretFile } from "../secret-file.ts";

const auditHead = z.strictObject({ id: z.int().positive(), hash: z.string().length(64) });

export type AuditHead = z.infer<typeof auditHead>;

export const writeAuditHead = (path: string, head: AuditHead): void => replaceSecretFile(path, `${JSON.stringify(head)}\n`);

/** Undefined where there is none. Throws what reading or parsing throws. */
export function readAuditHead(path: string): AuditHead | undefined {
  return existsSync(path) ? auditHead.parse(JSON.parse(readFileSync(path, "utf8"))) : undefined;
}
