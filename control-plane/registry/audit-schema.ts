/** The seals of the audit log: a hash chain over its rows, each link signed. Beside `audit_log` and not in it, so that no row is ever touched. Tables only. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const auditSeals = sqliteTable("audit_seals", {
  /** Of the row in `audit_log`. */
  id: integer().primaryKey(),
  /** Hash of the seal before this one; 64 zeros for the first. */
  previous: text().notNull(),
  hash: text().notNull(),
  /** Ed25519 by the release key of then, over canonical JSON of kind, id and hash. */
  signature: text().notNull(),
  publicKey: text("public_key").notNull(),
  /** The row was there before the chain was: it is vouched for from then on, not from when it was written. */
  isAdopted: integer("is_adopted", { mode: "boolean" }).notNull(),
});
