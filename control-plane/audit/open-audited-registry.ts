/** The registry as the control plane opens it: every write seals what it added to the audit log and puts the events of it into the notifications' outbox. */
import { succeed } from "../../contract/result.ts";
import { enqueueEvents } from "../notifications/notification-records.ts";
import { openRegistry, type Registry, type RegistryOptions } from "../registry/database.ts";
import type { ReleaseKey } from "../releases/release-key.ts";
import { adoptRows, sealingWrites } from "./audit-chain.ts";
import { writeAuditHead, type AuditHead } from "./audit-head.ts";

export interface Auditing {
  key: ReleaseKey;
  headPath: string;
  newId: () => string;
  /** Called when a commit has put notifications into the outbox. */
  onNotifications: () => void;
}

export async function openAuditedRegistry(
  options: RegistryOptions,
  { key, headPath, newId, onNotifications }: Auditing,
): Promise<Registry> {
  // Of the transaction under way: writes run one after the other, and each begins these anew.
  let sealed: AuditHead | undefined;
  let enqueued = 0;
  const guardWrite = sealingWrites(key, {
    onSealed: (head) => void (sealed = head),
    async onRows(db, rows) {
      enqueued = await enqueueEvents(db, rows, newId);
    },
  });
  const registry = await openRegistry({
    ...options,
    guardWrite,
    onCommitted() {
      if (sealed) writeAuditHead(headPath, sealed);
      if (enqueued > 0) onNotifications();
    },
  });
  const adopted = await registry.write(async (db) => succeed(await adoptRows(db, key)));
  if (!adopted.ok) throw new Error(`the audit log could not be sealed: ${adopted.failure.reason}`);
  if (adopted.value) writeAuditHead(headPath, adopted.value);
  return registry;
}
