/** Workers KV and R2 in memory for the simulation: the control plane's side fails as the network does, the edge's side may see any value that a key ever held. */
import { createHash } from "node:crypto";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { EdgeStorage, StorageFailure } from "../../control-plane/cloudflare/edge-storage.ts";
import { Crash, type Chaos } from "./chaos.ts";

export interface SimulatedStorage {
  /** As the reconciler sees it. */
  storage: EdgeStorage;
  /** As an isolate sees it: KV may be old, R2 may fail; then null is no answer. */
  edgeReads: {
    value(key: string): string | null;
    object(key: string): Result<ArrayBuffer, string>;
  };
  /** Every value that a key held, in order; null is a deletion. */
  history: Map<string, (string | null)[]>;
}

/** `artifacts` by path: what the control plane has on its disk. */
export function simulatedStorage(chaos: Chaos, artifacts: ReadonlyMap<string, Buffer>): SimulatedStorage {
  const history = new Map<string, (string | null)[]>();
  const objects = new Map<string, Buffer>();
  const held = (key: string): string | null => history.get(key)?.at(-1) ?? null;

  /** A call that may not arrive, may arrive and not be acknowledged, or be the last thing that the process does. */
  async function call<Value>(name: string, effect: () => Value): Promise<Result<Value, StorageFailure>> {
    await chaos.between();
    const failure: StorageFailure = { reason: "unreachable", call: name, detail: "simulated" };
    if (chaos.chance(0.05)) return fail(failure);
    if (chaos.chance(0.01)) throw new Crash(`before ${name}`);
    const value = effect();
    if (chaos.chance(0.03)) return fail(failure);
    if (chaos.chance(0.01)) throw new Crash(`after ${name}`);
    return succeed(value);
  }

  const write = (key: string, value: string | null): void => void history.set(key, [...(history.get(key) ?? []), value]);
  return {
    history,
    storage: {
      getValue: (key) => call(`GET ${key}`, () => held(key)),
      putValue: (key, value) => call(`PUT ${key}`, () => write(key, value)),
      deleteValue: (key) => call(`DELETE ${key}`, () => write(key, null)),
      digestObject: (key) =>
        call(`GET ${key}`, () => {
          const object = objects.get(key);
          return object ? { sha256: createHash("sha256").update(object).digest("hex"), bytes: object.byteLength } : null;
        }),
      putObject: (key, { content }) =>
        call(`PUT ${key}`, () => {
          const bytes = "text" in content ? Buffer.from(content.text) : artifacts.get(content.path);
          if (!bytes) throw new Error(`no artifact ${JSON.stringify(content)}`);
          objects.set(key, bytes);
        }),
    },
    edgeReads: {
      value(key) {
        const values = history.get(key) ?? [];
        // Any city may be behind by any number of writes, and may go back to an older one.
        return chaos.chance(0.4) ? (chaos.pick([null, ...values]) ?? null) : held(key);
      },
      object(key) {
        const object = objects.get(key);
        if (chaos.chance(0.1)) return fail("simulated");
        return object ? succeed(Uint8Array.from(object).buffer) : fail("missing");
      },
    },
  };
}
