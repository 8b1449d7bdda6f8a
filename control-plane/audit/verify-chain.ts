/** Verifies the audit log row by row against its chain. Pure: rows and seals in, in the order of their ids, every contradiction out. */
import { createPublicKey, verify, type KeyObject } from "node:crypto";
import type { AuditHead } from "./audit-head.ts";
import { FIRST_PREVIOUS, sealHash, sealText, type SealedRow } from "./seal.ts";

export interface Seal {
  id: number;
  previous: string;
  hash: string;
  signature: string;
  publicKey: string;
  isAdopted: boolean;
}

export const AUDIT_PROBLEMS = [
  "row_changed",
  "row_missing",
  "row_without_seal",
  "chain_broken",
  "signature_invalid",
  "key_unknown",
  "rows_cut_off",
  "head_missing",
  "production_differs",
] as const;

export interface AuditProblem {
  kind: (typeof AUDIT_PROBLEMS)[number];
  /** Of the row; null where the problem is not one row's. */
  id: number | null;
  detail: string;
}

/** An Ed25519 SubjectPublicKeyInfo is this prefix and the key (RFC 8410 §4). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

export class ChainVerification {
  readonly problems: AuditProblem[] = [];
  rows = 0;
  adopted = 0;
  #previous = FIRST_PREVIOUS;
  #lastId = 0;
  readonly #hashes = new Map<number, string>();
  readonly #keys: Map<string, KeyObject>;
  readonly #head: AuditHead | undefined;
  /** Version number by model, as the rows tell it. */
  readonly production = new Map<string, number>();

  /** `publicKeys`: base64 of the raw 32 bytes, all that were ever the release key. */
  constructor(publicKeys: readonly string[], head: AuditHead | undefined) {
    this.#keys = new Map(publicKeys.map((key) => [key, publicKeyOf(key)]));
    this.#head = head;
  }

  /** The next id that there is a row or a seal of. */
  add(row: SealedRow | undefined, seal: Seal | undefined): void {
    const id = (row ?? seal)?.id ?? 0;
    this.#lastId = id;
    if (row) this.#addRow(row);
    if (!seal) {
      this.#problem("row_without_seal", id, "nothing vouches for it: it was not written by the control plane");
      return;
    }
    if (seal.isAdopted) this.adopted++;
    if (seal.previous !== this.#previous) {
      this.#problem(
        "chain_broken",
        id,
        "it does not follow the row before it: rows between them are gone, or were put elsewhere",
      );
    }
    this.#previous = seal.hash;
    if (this.#head?.id === id) this.#hashes.set(id, seal.hash);
    if (!row) this.#problem("row_missing", id, "it is sealed and is not there");
    else if (sealHash(row, seal.previous, seal.isAdopted) !== seal.hash) {
      this.#problem("row_changed", id, `it is not as it was sealed: ${row.act} at ${row.at} by ${row.actorName}`);
    }
    this.#checkSignature(seal);
  }

  /** `lastIdEver`: the highest id that SQLite gave out. */
  end(lastIdEver: number | undefined): void {
    if (lastIdEver !== undefined && lastIdEver > this.#lastId) {
      this.#problem("rows_cut_off", null, `the last row is ${this.#lastId}, and ${lastIdEver} was written`);
    }
    const head = this.#head;
    if (head === undefined) return;
    if (head.id > this.#lastId)
      this.#problem("rows_cut_off", null, `the last row is ${this.#lastId}, and the log had come to ${head.id}`);
    else if (this.#hashes.get(head.id) !== head.hash)
      this.#problem("chain_broken", head.id, "it is not the row that the log had come to");
  }

  /** `production`: version number by model, as the registry has it. */
  compareProduction(production: ReadonlyMap<string, number>): void {
    for (const model of new Set([...production.keys(), ...this.production.keys()])) {
      const [told, held] = [this.production.get(model), production.get(model)];
      if (told === held) continue;
      this.#problem(
        "production_differs",
        null,
        `by the log ${model} has ${nameOf(told)} in production, the registry has ${nameOf(held)}`,
      );
    }
  }

  #addRow({ act, model, number }: SealedRow): void {
    this.rows++;
    if ((act === "promote" || act === "rollback") && model !== null && number !== null) this.production.set(model, number);
  }

  #checkSignature({ id, hash, signature, publicKey }: Seal): void {
    const key = this.#keys.get(publicKey);
    if (!key) this.#problem("key_unknown", id, `it is signed with a key that is none of those given: ${publicKey}`);
    else if (!verify(null, Buffer.from(sealText(id, hash)), key, Buffer.from(signature, "base64"))) {
      this.#problem("signature_invalid", id, "its signature does not verify");
    }
  }

  #problem(kind: AuditProblem["kind"], id: number | null, detail: string): void {
    this.problems.push({ kind, id, detail });
  }
}

/** Throws when the text is not 32 bytes of base64. */
export function publicKeyOf(base64: string): KeyObject {
  const raw = Buffer.from(base64, "base64");
  if (raw.byteLength !== 32) throw new Error("a public key is base64 of 32 bytes");
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" });
}

const nameOf = (number: number | undefined): string => (number === undefined ? "nothing" : `v${number}`);
