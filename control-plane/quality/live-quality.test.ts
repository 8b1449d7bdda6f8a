/** Stored hours of several ledgers read back as one: merged, filtered, idempotent, whatever order they came in. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LedgerHour, LedgerReading } from "../../contract/quality-ledger.ts";
import { addOutcome, emptyQuality } from "../../contract/quality-sums.ts";
import { succeed } from "../../contract/result.ts";
import { openRegistry, type Queries, type Registry } from "../registry/database.ts";
import { liveQuality } from "./live-quality.ts";
import { qualityFamilies } from "./quality-families.ts";
import { qualityReport } from "./quality-report.ts";
import { ledgerCursors, storeEstimated, storeIssued, storeLedgerHours } from "./quality-records.ts";

const model = "m";
const T = Date.parse("2026-11-24T10:00:00.000Z");
const hour = (index: number): string => new Date(T + index * 3_600_000).toISOString();
const span = { from: new Date(T), to: new Date(T + 24 * 3_600_000) };

let directory: string;
let registry: Registry;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "edgewise-quality-"));
  registry = await openRegistry({ url: `file:${join(directory, "registry.db")}` });
});
afterEach(async () => {
  await registry.close();
  rmSync(directory, { recursive: true });
});

async function write(work: (db: Queries) => Promise<void>): Promise<void> {
  const written = await registry.write(async (db) => succeed(await work(db)));
  if (!written.ok) throw new Error(written.failure.reason);
}
const store = (reading: LedgerReading): Promise<void> => write((db) => storeLedgerHours(db, reading));
const ask = (query: { version?: string; group?: string; from?: Date; to?: Date } = {}) =>
  registry.read((db) => liveQuality(db, { model, ...span, ...query }));

/** An hour whose predictions were off by `errors`, all for a truth of 10. */
function ledgerHour(errors: readonly number[], rest: Partial<LedgerHour> = {}): LedgerHour {
  const sums = emptyQuality();
  for (const error of errors) addOutcome(sums, { form: "value", predicted: 10 + error, actual: 10, delaySeconds: 60 });
  return { model, version: "v1", group: null, hour: hour(0), revision: 1, sums, ...rest };
}
const reading = (ledger: number, hours: LedgerHour[], epoch = "0123456789abcdef"): LedgerReading => ({
  schema: 1,
  ledger,
  epoch,
  hours,
  hasMore: false,
});

describe("liveQuality", () => {
  it("is that of all ledgers and hours of the span together", async () => {
    await store(reading(0, [ledgerHour([3]), ledgerHour([4], { hour: hour(5) })]));
    await store(reading(1, [ledgerHour([0, 0]), ledgerHour([100], { hour: hour(24) })]));
    expect(await ask()).toMatchObject({ count: 4, rmse: Math.sqrt(25 / 4), mae: 7 / 4, coverage: null });
    expect(await ask({ from: new Date(T + 5.9 * 3_600_000) })).toMatchObject({ count: 1, rmse: 4 });
    expect(await ask({ to: new Date(T + 5 * 3_600_000) })).toMatchObject({ count: 3, rmse: Math.sqrt(3) });
    expect(await ask({ version: "v2" })).toMatchObject({ count: 0, rmse: null, coverage: null });
  });

  it("counts a row once however often it is read, and never goes back to an earlier revision", async () => {
    const [first, second] = [ledgerHour([1], { revision: 3 }), ledgerHour([1, 5], { revision: 7 })];
    for (const row of [first, first, second, second, first]) await store(reading(0, [row]));
    expect(await ask()).toMatchObject({ count: 2, mae: 3 });
    expect(await registry.read(ledgerCursors)).toEqual([{ ledger: 0, epoch: "0123456789abcdef", revision: 7 }]);
  });

  it("keeps what a ledger had counted before its storage was wiped", async () => {
    await store(reading(0, [ledgerHour([1, 2], { revision: 9 })]));
    await store(reading(0, [ledgerHour([3], { revision: 1 })], "fedcba9876543210"));
    expect(await ask()).toMatchObject({ count: 3, mae: 2 });
  });

  it("tells groups apart, those that it cannot name too", async () => {
    await store(reading(0, [ledgerHour([2]), ledgerHour([6], { group: 1 })]));
    expect(await ask({ group: "" })).toMatchObject({ count: 1, mae: 2 });
    expect(await ask({ group: "#1" })).toMatchObject({ count: 1, mae: 6 });
    expect(await ask()).toMatchObject({ count: 2, mae: 4 });
  });

  it("knows what share of the receipts came back", async () => {
    const total = (issued: number) => [{ model, version: "v1", group: "", issued, favourable: 0 }];
    for (const issued of [10, 10, 25]) await write((db) => storeIssued(db, total(issued), new Date(T)));
    await store(reading(0, [ledgerHour([1, 1, 1, 1, 1])]));
    expect(await ask()).toMatchObject({ count: 5, issued: 25, coverage: 0.2 });
    // The count began anew at the edge: what was known stays, and what comes is added.
    for (const issued of [5, 8]) await write((db) => storeIssued(db, total(issued), new Date(T)));
    expect(await ask()).toMatchObject({ issued: 28 });
  });
});

describe("RMSE estimated without truth", () => {
  const total = (rows: number, squaredError: number) => [{ model, version: "v1", rows, squaredError }];
  const report = () => registry.read((db) => qualityReport(db, { model, ...span }));
  const estimate = async () => (await report()).versions.find(({ version }) => version === "v1")?.estimate;

  it("is the root of the sums' ratio over the hours of the span, beside a true one that is not touched by it", async () => {
    for (const [rows, squaredError, at] of [
      [100, 900, 0],
      [100, 900, 0],
      [300, 4_100, 1],
    ] as const)
      await write((db) => storeEstimated(db, total(rows, squaredError), new Date(T + at * 3_600_000)));
    expect(await estimate()).toEqual({ rmse: Math.sqrt(4_100 / 300), rows: 300 });
    expect((await report()).versions).toMatchObject([{ version: "v1", rmse: null, count: 0 }]);
    const rendered = (await qualityFamilies({ registry, now: () => span.to })()).flatMap(({ series }) => series);
    expect(rendered).toContainEqual([`model_rmse_estimated{model="m",version="v1"}`, Math.sqrt(4_100 / 300)]);
    expect(rendered.some(([text]) => text.startsWith("model_rmse{"))).toBe(false);
  });

  it("does not fall with a count that began anew at the edge, and is null of no rows", async () => {
    expect(await estimate()).toBeUndefined();
    for (const [rows, squaredError] of [
      [100, 900],
      [40, 100],
      [60, 300],
    ] as const)
      await write((db) => storeEstimated(db, total(rows, squaredError), new Date(T)));
    expect(await estimate()).toEqual({ rmse: Math.sqrt((900 + 200) / 120), rows: 120 });
  });
});
