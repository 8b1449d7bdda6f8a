/**
 * What the control plane needs of the edge's storage (Workers KV for releases, R2 for artifacts and manifests), and every way in which a
 * call can fail. Types and the sentence of a failure; the calls themselves are in rest-storage.ts.
 */
import type { Result } from "../../contract/result.ts";

export type StorageFailure =
  | { reason: "rate_limited"; call: string; retryAfterMs: number | null }
  | { reason: "server_error"; call: string; status: number; detail: string; retryAfterMs: number | null }
  /** Any other status: a wrong token, account, namespace or bucket. */
  | { reason: "refused"; call: string; status: number; detail: string }
  /** More objects than may be listed, or a list that does not end: a part of them would be taken for all. */
  | { reason: "list_too_long"; call: string; objects: number }
  | { reason: "unreachable"; call: string; detail: string }
  | { reason: "timed_out"; call: string; afterMs: number };

export interface ObjectDigest {
  sha256: string;
  bytes: number;
}

export interface ListedObject {
  key: string;
  bytes: number;
}

/** Under one prefix: a run copies each of them, so what has more is no data to train on but a bucket. */
export const OBJECTS_LISTED_MAX = 100_000;

export interface ObjectBody {
  contentType: "application/octet-stream" | "application/json";
  content: { path: string } | { text: string };
}

export interface EdgeStorage {
  getValue(key: string): Promise<Result<string | null, StorageFailure>>;
  putValue(key: string, value: string): Promise<Result<void, StorageFailure>>;
  /** Succeeds when there is no such key. */
  deleteValue(key: string): Promise<Result<void, StorageFailure>>;
  /** Reads the whole object, keeping none of it. Null: there is no such object. */
  digestObject(key: string): Promise<Result<ObjectDigest | null, StorageFailure>>;
  putObject(key: string, body: ObjectBody): Promise<Result<void, StorageFailure>>;
}

/** What reading data from R2 needs; the edge needs none of it. */
export interface DataStorage {
  /** Every object whose key begins with the prefix, page by page; fails when there are more than OBJECTS_LISTED_MAX. */
  listObjects(prefix: string): Promise<Result<ListedObject[], StorageFailure>>;
  /** Writes the whole object to a new file. False: there is no such object. */
  fetchObject(key: string, path: string): Promise<Result<boolean, StorageFailure>>;
}

export function storageFailureSentence(failure: StorageFailure): string {
  switch (failure.reason) {
    case "rate_limited":
      return `${failure.call}: rate limited (429)`;
    case "server_error":
      return `${failure.call}: answered ${failure.status}: ${failure.detail}`;
    case "refused":
      return `${failure.call}: refused with ${failure.status}: ${failure.detail}`;
    case "list_too_long":
      return `${failure.call}: the list does not end within ${failure.objects} objects`;
    case "unreachable":
      return `${failure.call}: not reachable: ${failure.detail}`;
    case "timed_out":
      return `${failure.call}: no answer within ${failure.afterMs} ms`;
  }
}
