/** For tests: other processes that hold the registry's write lock, or look into its file with a connection of their own. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

const LIBSQL = import.meta.resolve("@libsql/client");

/** Holds the write lock of the file for `heldMs` from when this resolves. `released` settles when the other process has ended. */
export async function holdWriteLock(url: string, heldMs: number): Promise<{ released: Promise<void> }> {
  const script = `
    const { createClient } = await import(${JSON.stringify(LIBSQL)});
    const client = createClient({ url: ${JSON.stringify(url)}, timeout: 5000 });
    const lock = await client.transaction("write");
    process.stdout.write("held");
    setTimeout(async () => { await lock.rollback(); client.close(); }, ${heldMs});`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  return { released: ended.then(() => undefined) };
}

/** Rows of a query, as a process that was not there before sees them. */
export function queryFromFreshProcess(url: string, sql: string): Record<string, unknown>[] {
  const script = `
    const { createClient } = await import(${JSON.stringify(LIBSQL)});
    const client = createClient({ url: ${JSON.stringify(url)}, timeout: 5000 });
    const { rows } = await client.execute(${JSON.stringify(sql)});
    process.stdout.write(JSON.stringify(rows));
    client.close();`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, unknown>[];
}
