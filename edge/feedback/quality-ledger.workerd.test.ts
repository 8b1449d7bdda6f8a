import { env } from "cloudflare:workers";
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { LEDGER_PAGE_ROWS_MAX } from "../../contract/quality-ledger.ts";
import type { Env } from "../env.ts";
import type { Claim, QualityLedger } from "./quality-ledger.ts";

const { QUALITY_LEDGER } = env as unknown as Env;
const WINDOW_HOURS = 720;
const HOUR = 3600;
const nowSeconds = (): number => Date.now() / 1000;
let ids = 0;

function claim({ id = ids++, hoursAgo = 0, validHours = WINDOW_HOURS, error = 1, version = "v1" } = {}): Claim {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setUint32(8, id);
  const issuedSeconds = Math.floor(nowSeconds()) - hoursAgo * HOUR;
  return {
    id: bytes,
    model: "m",
    version,
    group: undefined,
    issuedSeconds,
    expiresSeconds: issuedSeconds + validHours * HOUR,
    scored: { form: "value", predicted: 10 + error, actual: 10 },
  };
}
type Stub = DurableObjectStub<QualityLedger>;
const total = async (stub: Stub): Promise<number> =>
  (await stub.read(0, [])).hours.reduce((sum, { sums }) => sum + sums.count, 0);

describe("a quality ledger", () => {
  it("counts a receipt once, in one call, in two at once and after it was evicted", async () => {
    const ledger = QUALITY_LEDGER.getByName("once");
    const one = claim();
    expect(await ledger.count([one, one], WINDOW_HOURS)).toEqual(["counted", "repeated"]);
    const many = Array.from({ length: 50 }, () => claim());
    const [left, right] = await Promise.all([
      ledger.count(many, WINDOW_HOURS),
      QUALITY_LEDGER.getByName("once").count(many, WINDOW_HOURS),
    ]);
    expect([...left, ...right].filter((outcome) => outcome === "counted")).toHaveLength(50);
    await evictDurableObject(ledger);
    expect(await QUALITY_LEDGER.getByName("once").count([one, ...many], WINDOW_HOURS)).toEqual(Array(51).fill("repeated"));
    expect(await total(QUALITY_LEDGER.getByName("once"))).toBe(51);
  });

  it("refuses what has expired by its own clock, and what belongs to a closed hour", async () => {
    const ledger = QUALITY_LEDGER.getByName("times");
    const claims = [
      claim({ hoursAgo: 10, validHours: 9 }),
      claim({ hoursAgo: WINDOW_HOURS + 2, validHours: 2 * WINDOW_HOURS }),
      claim({ hoursAgo: WINDOW_HOURS - 1, validHours: 2 * WINDOW_HOURS }),
    ];
    expect(await ledger.count(claims, WINDOW_HOURS)).toEqual(["expired", "late", "counted"]);
  });

  it("forgets an id only once it has expired", async () => {
    const ledger = QUALITY_LEDGER.getByName("forgets");
    const lasting = claim({ validHours: 3 });
    await ledger.count([lasting], WINDOW_HOURS);
    // One that expired two hours ago, as it would lie there.
    const kept = (): Promise<number> =>
      runInDurableObject(ledger, (_, { storage }) => {
        const expired = Math.floor(nowSeconds() / HOUR) - 2;
        storage.sql.exec("INSERT OR IGNORE INTO counted VALUES (?, ?)", expired, new Uint8Array(12));
        return storage.sql.exec("SELECT count(*) AS count FROM counted").one()["count"] as number;
      });
    expect(await kept()).toBe(2);
    await evictDurableObject(ledger);
    const again = QUALITY_LEDGER.getByName("forgets");
    expect(await again.count([lasting], WINDOW_HOURS)).toEqual(["repeated"]);
    expect(
      await runInDurableObject(
        again,
        (_, { storage }) => storage.sql.exec("SELECT count(*) AS count FROM counted").one()["count"],
      ),
    ).toBe(1);
  });

  it("never begins an hour anew that it has deleted, however long the window is made", async () => {
    const ledger = QUALITY_LEDGER.getByName("floor");
    const old = () => claim({ hoursAgo: 3000, validHours: 6000 });
    expect(await ledger.count([old()], 6000)).toEqual(["counted"]);
    await evictDurableObject(ledger);
    // A window of an hour closes it, and 90 days after that it is deleted.
    const shorter = QUALITY_LEDGER.getByName("floor");
    expect(await shorter.count([old()], 1)).toEqual(["late"]);
    expect(await total(shorter)).toBe(0);
    expect(await shorter.count([old()], 6000)).toEqual(["late"]);
  });

  it("writes nothing of a call that fails in the middle", async () => {
    const ledger = QUALITY_LEDGER.getByName("whole");
    const good = claim();
    const broken = { ...claim(), scored: undefined } as unknown as Claim;
    // Called inside: an exception over RPC would be reported as unhandled here.
    const failed = await runInDurableObject(ledger, (object: QualityLedger) => {
      try {
        object.count([good, broken], WINDOW_HOURS);
        return false;
      } catch {
        return true;
      }
    });
    expect(failed).toBe(true);
    expect(await total(ledger)).toBe(0);
    expect(await ledger.count([good], WINDOW_HOURS)).toEqual(["counted"]);
  });

  it("tells a reader what changed since it last read, page by page, and all of it where the storage is another", async () => {
    const ledger = QUALITY_LEDGER.getByName("pages");
    const versions = Array.from({ length: LEDGER_PAGE_ROWS_MAX + 5 }, (_, at) => `v${at + 1}`);
    await ledger.count(
      versions.map((version) => claim({ version })),
      WINDOW_HOURS,
    );
    const first = await ledger.read(3, []);
    expect([first.ledger, first.hours.length, first.hasMore]).toEqual([3, LEDGER_PAGE_ROWS_MAX, true]);
    const place = { epoch: first.epoch, revision: first.hours.at(-1)?.revision ?? 0 };
    const second = await ledger.read(3, [{ epoch: "0000000000000000", revision: 999 }, place]);
    expect([second.hours.length, second.hasMore]).toEqual([5, false]);
    expect(new Set([...first.hours, ...second.hours].map(({ version }) => version)).size).toBe(versions.length);
    const end = { epoch: first.epoch, revision: second.hours.at(-1)?.revision ?? 0 };
    expect((await ledger.read(3, [end])).hours).toEqual([]);
    await ledger.count([claim({ version: "v2" })], WINDOW_HOURS);
    expect((await ledger.read(3, [end])).hours).toMatchObject([{ version: "v2", sums: { count: 2 } }]);
    expect((await ledger.read(3, [{ epoch: "0000000000000000", revision: 999 }])).hours).toHaveLength(LEDGER_PAGE_ROWS_MAX);
  });
});
