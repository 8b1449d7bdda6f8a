/**
 * What goes wrong in the simulation, all of it decided by one seeded source: crashes in the midst of a transaction, storage that fails, applies and then fails, or shows an
 * old value, and acts of others that come in between any two steps of one. Nothing here knows what a release is.
 */
import type { Registry, Queries } from "../../control-plane/registry/database.ts";

/** The process ended here; nothing after it ran. */
export class Crash extends Error {}

export interface Chaos {
  /** 0 ≤ x < 1. */
  random: () => number;
  chance: (probability: number) => boolean;
  /** A whole number from 0 to below `end`. */
  below: (end: number) => number;
  pick: <Item>(items: readonly Item[]) => Item;
  /** Nothing fails any more: what is left must now come to rest. */
  calm: () => void;
  isCalm: () => boolean;
  /** Something that others do, where an act waits. */
  between: () => Promise<void>;
  setBetween: (act: () => Promise<void>) => void;
}

export function makeChaos(random: () => number): Chaos {
  let isCalm = false;
  let isWithin = false;
  let between: (() => Promise<void>) | undefined;
  const chaos: Chaos = {
    random,
    chance: (probability) => random() < probability && !isCalm,
    below: (end) => Math.floor(random() * end),
    pick: (items) => {
      const item = items[Math.floor(random() * items.length)];
      if (item === undefined) throw new RangeError("nothing to pick from");
      return item;
    },
    calm: () => void (isCalm = true),
    isCalm: () => isCalm,
    async between() {
      // One act deep: an act in between is not itself interrupted by others.
      if (isWithin || !chaos.chance(0.08)) return;
      isWithin = true;
      try {
        await between?.();
      } finally {
        isWithin = false;
      }
    },
    setBetween: (act) => void (between = act),
  };
  return chaos;
}

/** The registry, with others' acts before each write, and crashes before, within and after it. `wrote` is told of every write that was begun. */
export function crashingRegistry(registry: Registry, chaos: Chaos, wrote: () => void): Registry {
  return {
    ...registry,
    async write(write, undo) {
      await chaos.between();
      wrote();
      if (chaos.chance(0.01)) throw new Crash("before a write");
      const statements = chaos.chance(0.04) ? chaos.below(8) : Number.POSITIVE_INFINITY;
      const result = await registry.write((db) => write(endingAfter(db, statements)), undo);
      if (chaos.chance(0.02)) throw new Crash("after a commit");
      return result;
    },
  };
}

/** Throws at a statement, in the midst of the transaction: the database rolls it back, as it does when the process ends there. */
function endingAfter(db: Queries, statements: number): Queries {
  if (statements === Number.POSITIVE_INFINITY) return db;
  let left = statements;
  return new Proxy(db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if ((name !== "insert" && name !== "update") || typeof value !== "function") return value;
      if (left-- <= 0) throw new Crash("within a transaction");
      return value.bind(target) as unknown;
    },
  });
}
