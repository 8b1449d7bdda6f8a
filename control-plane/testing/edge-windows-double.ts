/** For tests: an edge that answers /internal/windows as the Worker does, from shards that a test fills, silences, wipes and restores. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { EdgeWindowsAnswer, ShardWindow } from "../../contract/drift-window.ts";
import { HOUR_MS } from "../../contract/drift-window.ts";
import { DRIFT_WINDOW_HOURS_ASKED_MAX } from "../../contract/limits.ts";

export interface ShardDouble {
  createdAt: string;
  windows: ShardWindow[];
  isSilent: boolean;
}

export interface EdgeWindowsDouble {
  url: string;
  token: string;
  shards: ShardDouble[];
  /** The edge's clock. */
  now: () => Date;
  /** Hours asked for, from and to, in the order of asking. */
  asked: [number, number][];
  /** Adds to the window of an hour as a flush would. `rows` is the sum of the counts unless there are several features. */
  count(shard: number, window: Omit<ShardWindow, "rows"> & { rows?: number }): void;
  close(): Promise<void>;
}

export async function startEdgeWindowsDouble(shardCount: number, now: () => Date): Promise<EdgeWindowsDouble> {
  const double: EdgeWindowsDouble = {
    url: "",
    token: "edge-token-of-the-tests",
    now,
    asked: [],
    shards: Array.from({ length: shardCount }, () => ({ createdAt: now().toISOString(), windows: [], isSilent: false })),
    count(shard, { counts, rows = counts.reduce((sum, count) => sum + count, 0), ...key }) {
      const { windows } = double.shards[shard] as ShardDouble;
      const known = windows.find(
        (window) => JSON.stringify({ ...window, rows: 0, counts: 0 }) === JSON.stringify({ ...key, rows: 0, counts: 0 }),
      );
      if (!known) return void windows.push({ ...key, rows, counts: [...counts] });
      known.rows += rows;
      known.counts = counts.map((count, cell) => count + (known.counts[cell] ?? 0));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://edge");
    const [fromHour, toHour] = ["from", "to"].map((name) => Date.parse(searchParams.get(name) ?? "") / HOUR_MS) as [
      number,
      number,
    ];
    const isRight = pathname === "/internal/windows" && request.headers.authorization === `Bearer ${double.token}`;
    if (!isRight || !(toHour > fromHour && toHour - fromHour <= DRIFT_WINDOW_HOURS_ASKED_MAX)) {
      response.writeHead(400).end();
      return;
    }
    double.asked.push([fromHour, toHour]);
    const answer: EdgeWindowsAnswer = {
      now: double.now().toISOString(),
      shards: double.shards.map(({ createdAt, windows, isSilent }, shard) =>
        isSilent
          ? { shard, silent: true }
          : { schema: 1, shard, createdAt, windows: windows.filter(({ hour }) => hour >= fromHour && hour < toHour) },
      ),
    };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  double.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return double;
}
