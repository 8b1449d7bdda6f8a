/**
 * For tests: a libSQL server, in so far as @libsql/client speaks to one over HTTP (Hrana 2 over HTTP, JSON): pipelines, streams kept by batons,
 * batches with conditions. Each stream is a connection of its own to one SQLite file.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from "node:sqlite";

type HranaValue =
  { type: "null" } | { type: "integer"; value: string } | { type: "float"; value: number } | { type: "text"; value: string };
type Condition =
  { type: "ok" | "error"; step: number } | { type: "not"; cond: Condition } | { type: "and" | "or"; conds: Condition[] };
interface Statement {
  sql?: string;
  sql_id?: number;
  args?: HranaValue[];
}
type StreamRequest =
  | { type: "close" }
  | { type: "execute"; stmt: Statement }
  | { type: "batch"; batch: { steps: { condition?: Condition; stmt: Statement }[] } }
  | { type: "sequence"; sql: string }
  | { type: "store_sql"; sql_id: number; sql: string }
  | { type: "close_sql"; sql_id: number };

interface Stream {
  database: DatabaseSync;
  sqls: Map<number, string>;
}

export interface LibsqlServerDouble {
  url: string;
  /** Requests so far. */
  requests(): number;
  close(): Promise<void>;
}

export async function startLibsqlServerDouble(path: string): Promise<LibsqlServerDouble> {
  const streams = new Map<string, Stream>();
  let count = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      count++;
      const { baton, requests } = JSON.parse(Buffer.concat(chunks).toString()) as { baton?: string; requests: StreamRequest[] };
      const id = baton ?? String(count);
      const stream = streams.get(id) ?? { database: new DatabaseSync(path, { timeout: 5000 }), sqls: new Map() };
      streams.set(id, stream);
      const results = requests.map((one) => answer(stream, one));
      const isClosed = requests.at(-1)?.type === "close";
      if (isClosed) streams.delete(id);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ baton: isClosed ? null : id, base_url: null, results }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => count,
    async close() {
      for (const { database } of streams.values()) database.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(stream: Stream, request: StreamRequest): object {
  try {
    return { type: "ok", response: { type: request.type, ...respond(stream, request) } };
  } catch (error) {
    return { type: "error", error: errorOf(error) };
  }
}

function respond(stream: Stream, request: StreamRequest): object {
  switch (request.type) {
    case "close":
      stream.database.close();
      return {};
    case "store_sql":
      stream.sqls.set(request.sql_id, request.sql);
      return {};
    case "close_sql":
      stream.sqls.delete(request.sql_id);
      return {};
    case "sequence":
      stream.database.exec(request.sql);
      return {};
    case "execute":
      return { result: execute(stream, request.stmt) };
    case "batch":
      return { result: batch(stream, request.batch.steps) };
  }
}

function batch(stream: Stream, steps: { condition?: Condition; stmt: Statement }[]): object {
  const results: (object | null)[] = [];
  const errors: (object | null)[] = [];
  const holds = (condition: Condition): boolean => {
    switch (condition.type) {
      case "ok":
        return results[condition.step] !== null;
      case "error":
        return errors[condition.step] !== null;
      case "not":
        return !holds(condition.cond);
      case "and":
        return condition.conds.every(holds);
      case "or":
        return condition.conds.some(holds);
    }
  };
  for (const { condition, stmt } of steps) {
    let result: object | null = null;
    let error: object | null = null;
    if (!condition || holds(condition)) {
      try {
        result = execute(stream, stmt);
      } catch (thrown) {
        error = errorOf(thrown);
      }
    }
    results.push(result);
    errors.push(error);
  }
  return { step_results: results, step_errors: errors };
}

function execute({ database, sqls }: Stream, { sql, sql_id, args = [] }: Statement): object {
  const statement = database.prepare(sql ?? sqls.get(sql_id ?? -1) ?? "");
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  const columns = statement.columns();
  const rows = statement.all(...args.map(toSqlite)) as unknown as SQLOutputValue[][];
  return {
    cols: columns.map(({ name, type }) => ({ name, decltype: type })),
    rows: rows.map((row) => row.map(fromSqlite)),
    affected_row_count: 0,
    last_insert_rowid: null,
  };
}

function toSqlite(value: HranaValue): SQLInputValue {
  if (value.type === "null") return null;
  return value.type === "integer" ? BigInt(value.value) : value.value;
}

function fromSqlite(value: SQLOutputValue): HranaValue {
  if (value === null) return { type: "null" };
  if (typeof value === "bigint") return { type: "integer", value: String(value) };
  if (typeof value === "number") return { type: "float", value };
  if (typeof value === "string") return { type: "text", value };
  throw new Error("the registry stores no blobs");
}

function errorOf(error: unknown): { message: string; code: string } {
  const { message, errcode } = error as Error & { errcode?: number };
  return { message, code: ((errcode ?? 1) & 0xff) === 5 ? "SQLITE_BUSY" : "SQLITE_ERROR" };
}
