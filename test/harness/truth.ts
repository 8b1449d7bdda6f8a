/** What a test of live quality sends and holds it against: seeded numbers, receipts of its own, and the plain formulas over what was answered. */
import { modelReference, ReceiptWriter } from "../../contract/receipt.ts";
import type { ReceiptKey } from "../../contract/receipt-key.ts";

export interface Truth {
  prediction_id: unknown;
  actual: unknown;
}
export interface Scored {
  version: string;
  group: string | null;
  receipt: string;
  predicted: number;
  actual: number;
}

/** The same numbers in every run (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs `work` on every item, `atATime` at a time. */
export async function forEach<Item>(
  items: readonly Item[],
  atATime: number,
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      await work(items[index] as Item, index);
    }
  };
  await Promise.all(Array.from({ length: atATime }, client));
}

/** Receipts that this test signs itself, as only somebody with the key can. */
export function receiptsOf(key: ReceiptKey, name: string, hoursAgo: number, validHours: number, count: number): string[] {
  const writer = new ReceiptWriter(key, new Uint8Array(8).fill(validHours % 251));
  const issuedSeconds = Math.floor(Date.now() / 1000) - hoursAgo * 3600;
  writer.begin({ model: modelReference(name), versionNumber: 2, issuedSeconds, validHours });
  return Array.from({ length: count }, () => writer.writeValue(1));
}

export const flipped = (receipt: string, at: number): string => {
  const bytes = Buffer.from(receipt, "base64url");
  bytes[at] = (bytes[at] as number) ^ 1;
  return bytes.toString("base64url");
};

/** Plain formulas over what the answers said. */
export function recomputed(scored: readonly Scored[]) {
  const count = scored.length;
  const sum = (of: (one: Scored) => number): number => {
    // Pairwise, so that this side of the comparison rounds little either.
    const values = scored.map(of);
    for (let width = 1; width < values.length; width *= 2)
      for (let at = 0; at + width < values.length; at += 2 * width)
        values[at] = (values[at] as number) + (values[at + width] as number);
    return values[0] ?? 0;
  };
  const squares = sum(({ predicted, actual }) => (predicted - actual) ** 2);
  const mean = sum(({ actual }) => actual) / count;
  const sorted = scored.map(({ predicted, actual }) => Math.abs(predicted - actual)).toSorted((a, b) => a - b);
  return {
    rmse: Math.sqrt(squares / count),
    mae: sum(({ predicted, actual }) => Math.abs(predicted - actual)) / count,
    bias: sum(({ predicted, actual }) => predicted - actual) / count,
    r2: 1 - squares / sum(({ actual }) => (actual - mean) ** 2),
    p95: sorted[Math.ceil(0.95 * count) - 1] as number,
  };
}

export const add = (counts: Map<string, number>, key: string, amount: number): void => {
  if (amount > 0) counts.set(key, (counts.get(key) ?? 0) + amount);
};

export const sumOf = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const list = [...items];
  for (let at = list.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [list[at], list[other]] = [list[other] as Item, list[at] as Item];
  }
  return list;
}
