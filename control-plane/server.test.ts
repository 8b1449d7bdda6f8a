import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startServer } from "./testing/server-process.ts";

let directory: string;
let variables: Record<string, string>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "edgewise-server-"));
  variables = {
    LIBSQL_URL: `file:${join(directory, "registry.db")}`,
    EDGEWISE_DIRECTORY: directory,
    CLOUDFLARE_API_BASE_URL: "http://127.0.0.1:9",
  };
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("the server process", () => {
  it("answers once it says that it listens, has written an admin token, and ends with 0 when asked to", async () => {
    const server = await startServer(variables);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    expect(statSync(join(directory, "admin-token")).mode & 0o777).toBe(0o600);
    expect(await server.kill("SIGTERM")).toEqual({ code: 0 });
    expect(server.output.at(-1)).toContain("stopped");
  });

  it("names a port that is taken, and ends with 1", async () => {
    const other: Server = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    await expect(startServer({ ...variables, PORT: String(port) })).rejects.toThrow(
      new RegExp(`ended with 1: .*port ${port} .* is taken`),
    );
    await new Promise((resolve) => other.close(resolve));
  });

  it("names what is wrong with its configuration, and ends with 1", async () => {
    await expect(startServer({ ...variables, PORT: "x" })).rejects.toThrow(/ended with 1: PORT: must be a whole number/);
  });

  it("makes no second admin token while there is a first", async () => {
    await (await startServer(variables)).kill("SIGTERM");
    const before = statSync(join(directory, "admin-token")).mtimeMs;
    const again = await startServer(variables);
    await again.kill("SIGTERM");
    expect(statSync(join(directory, "admin-token")).mtimeMs).toBe(before);
  });

  it("writes no token into its log", async () => {
    const server = await startServer({ ...variables, LOG_LEVEL: "trace" });
    const token = `ew_${"a".repeat(12)}_${"b".repeat(43)}`;
    await fetch(`${server.url}/api/models?token=${token}`, { headers: { authorization: `Bearer ${token}` } });
    await server.kill("SIGTERM");
    expect(server.output.join("\n")).toContain('"status":401');
    expect(server.output.join("\n")).not.toContain("b".repeat(43));
  });
});
