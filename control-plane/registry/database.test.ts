import { sql } from "drizzle-orm";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fail, succeed } from "../../contract/result.ts";
import { holdWriteLock, queryFromFreshProcess } from "../testing/other-process.ts";
import { openRegistry, type Queries, type Registry } from "./database.ts";
import { models } from "./schema.ts";

let directory: string;
let url: string;
let registry: Registry;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "edgewise-registry-"));
  url = `file:${join(directory, "registry.db")}`;
  registry = await openRegistry({ url });
});

afterEach(async () => {
  await registry.close();
  rmSync(directory, { recursive: true, force: true });
});

const insert = (name: string) => async (db: Queries) => {
  await db.insert(models).values({ name, createdAt: "2026-01-01T00:00:00.000Z" });
  return succeed(name);
};

/** Names of the writes that were acknowledged, whether others were refused or not. */
async function acknowledged(writes: ReturnType<Registry["write"]>[]): Promise<string[]> {
  return (await Promise.all(writes)).flatMap((result) => (result.ok ? [String(result.value)] : []));
}

const stored = (): string[] => queryFromFreshProcess(url, "SELECT name FROM models").map(({ name }) => String(name));

describe("openRegistry", () => {
  it("makes the tables once and finds them again", async () => {
    await registry.write(insert("a"));
    await registry.close();
    registry = await openRegistry({ url });
    expect(await registry.read((db) => db.select({ name: models.name }).from(models))).toEqual([{ name: "a" }]);
  });

  it("keeps what was decided from being rewritten", async () => {
    await expect(
      registry.write(async (db) => {
        await db.run(
          sql`INSERT INTO audit_log (at, actor_token_id, actor_name, act, details, request_id) VALUES ('', '', '', '', '{}', '')`,
        );
        return succeed(await db.run(sql`DELETE FROM audit_log`));
      }),
    ).rejects.toMatchObject({ cause: { message: expect.stringContaining("audit_log is append-only") } });
  });
});

describe("write", () => {
  it("rolls back what fails and says why", async () => {
    const result = await registry.write(async (db) => {
      await insert("a")(db);
      return fail({ reason: "no" });
    });
    expect(result).toEqual({ ok: false, failure: { reason: "no" } });
    expect(stored()).toEqual([]);
  });

  it("rolls back what throws, and goes on", async () => {
    const broken = registry.write(async (db) => {
      await insert("a")(db);
      throw new Error("a bug");
    });
    await expect(broken).rejects.toThrow("a bug");
    expect(await registry.write(insert("b"))).toEqual({ ok: true, value: "b" });
    expect(stored()).toEqual(["b"]);
  });

  it("takes 200 writes at once, one after another, refusing none", async () => {
    let running = 0;
    let atOnceMax = 0;
    const names = Array.from({ length: 200 }, (_, index) => `m${index}`);
    const results = names.map((name) =>
      registry.write(async (db) => {
        atOnceMax = Math.max(atOnceMax, ++running);
        const result = await insert(name)(db);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return result;
      }),
    );
    expect(await acknowledged(results)).toEqual(names);
    expect(atOnceMax).toBe(1);
    expect(stored()).toHaveLength(200);
  });
});

// Acknowledged means durable, whoever else holds the lock (libsql-client-ts#352 is what happens otherwise).
describe("while another process holds the write lock", () => {
  // The second is longer than SQLite's own wait: only a retry gets past it.
  it.each([50, 400])("waits out a lock of %i ms and loses nothing that it acknowledged, then or later", async (heldMs) => {
    const { released } = await holdWriteLock(url, heldMs);
    const during = await acknowledged([registry.write(insert("during"))]);
    await released;
    const after = await acknowledged(Array.from({ length: 20 }, (_, index) => registry.write(insert(`after${index}`))));
    expect(during).toEqual(["during"]);
    expect(after).toHaveLength(20);
    await registry.close();
    expect(stored().toSorted()).toEqual([...during, ...after].toSorted());
  });

  it("refuses with registry_busy when the lock outlasts the retries, and loses nothing acknowledged afterwards", async () => {
    await registry.close();
    registry = await openRegistry({ url, busyTimeoutMs: 5, busyRetriesMax: 2 });
    const { released } = await holdWriteLock(url, 1500);
    expect(await registry.write(insert("during"))).toEqual({ ok: false, failure: { reason: "registry_busy", attempts: 3 } });
    await released;
    const after = await acknowledged(Array.from({ length: 20 }, (_, index) => registry.write(insert(`after${index}`))));
    expect(after).toHaveLength(20);
    await registry.close();
    expect(stored().toSorted()).toEqual(after.toSorted());
  });

  it("goes on reading", async () => {
    await registry.write(insert("a"));
    const { released } = await holdWriteLock(url, 300);
    expect(await registry.read((db) => db.select({ name: models.name }).from(models))).toEqual([{ name: "a" }]);
    await released;
  });
});

describe("when the file is no longer what it was", () => {
  it("refuses writes to a file that was replaced, which nobody would find again", async () => {
    renameSync(join(directory, "registry.db"), join(directory, "moved.db"));
    const gone = { ok: false, failure: { reason: "registry_unavailable", detail: "file_replaced" } };
    expect(await registry.write(insert("a"))).toEqual(gone);
    await expect(registry.readBack(async () => undefined)).rejects.toThrow("deleted or replaced");
  });

  it("reads back from the file, not from its own connection", async () => {
    await registry.write(insert("a"));
    expect(await registry.readBack((db) => db.select({ name: models.name }).from(models))).toEqual([{ name: "a" }]);
  });

  it("reports a file that is not a database as unavailable", async () => {
    const broken = join(directory, "broken.db");
    writeFileSync(broken, "not a database, but long enough to be looked at as one ".repeat(20));
    await expect(openRegistry({ url: `file:${broken}` })).rejects.toThrow(/not a database/);
  });
});
