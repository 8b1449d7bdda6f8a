import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, expect, it } from "vitest";
import { checkPort, describePortProblem, findHolder, listeningInodes } from "./ports.ts";

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function listen(host: string): Promise<number> {
  const server = createServer();
  servers.push(server);
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

it("lets a free port through, and leaves it free", async () => {
  const port = await listen("127.0.0.1");
  await new Promise((resolve) => servers.pop()?.close(resolve));
  expect(await checkPort(port, "127.0.0.1")).toEqual({ ok: true, value: undefined });
  expect(await checkPort(port, "127.0.0.1")).toEqual({ ok: true, value: undefined });
});

it.each(["127.0.0.1", "0.0.0.0"])("refuses a port that somebody holds on %s", async (host) => {
  const port = await listen(host);
  expect(await checkPort(port, "127.0.0.1")).toMatchObject({ ok: false, failure: { reason: "taken", port } });
});

it.skipIf(!existsSync("/proc/net/tcp"))("names the process that holds it (only where there is /proc)", async () => {
  const script = 'require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })';
  const holder = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [chunk] = (await once(holder.stdout, "data")) as [Buffer];
    const port = Number(chunk);
    expect(findHolder(port)).toMatchObject({ processId: holder.pid, commandLine: expect.stringContaining("createServer") });
    const checked = await checkPort(port, "127.0.0.1");
    const sentence = checked.ok ? "" : describePortProblem(checked.failure, "edge", "EDGE_PORT");
    expect(sentence).toContain(`port ${port}`);
    expect(sentence).toContain(`process ${holder.pid}`);
    expect(sentence).toContain(`EDGE_PORT=${port + 1}`);
  } finally {
    holder.kill();
  }
});

it("finds listening sockets of one port in the kernel's table, and no others", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:2253 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0",
    "   1: 0100007F:2253 0100007F:D2AA 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0",
    "   2: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0",
  ].join("\n");
  expect(listeningInodes(table, 8787)).toEqual(["111"]);
});
