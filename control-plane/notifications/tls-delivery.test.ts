/**
 * Deliveries over TLS to a real server whose certificate a private authority signed. Which authorities Node trusts is read once, when a process begins
 * (NODE_EXTRA_CA_CERTS), so each delivery is made by a process of its own.
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const HAS_OPENSSL = spawnSync("openssl", ["version"], { stdio: "ignore" }).status === 0;
const run = promisify(execFile);
const SCRIPT = `
  const { postDelivery } = await import(${JSON.stringify(new URL("./post-delivery.ts", import.meta.url).href)});
  const [url, isLoopbackAllowed] = process.argv.slice(1);
  console.log(JSON.stringify(await postDelivery({ url, headers: {}, body: "{}", isLoopbackAllowed: isLoopbackAllowed === "true" })));
`;

describe.skipIf(!HAS_OPENSSL)("a webhook over TLS (skipped without openssl)", () => {
  const directory = mkdtempSync(join(tmpdir(), "edgewise-tls-"));
  const file = (name: string): string => join(directory, name);
  let server: Server;
  let port: number;
  const bodies: string[] = [];

  beforeAll(async () => {
    const fresh = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    await run("openssl", [...fresh, "-subj", "/CN=authority", "-keyout", file("ca.key"), "-out", file("ca.pem")]);
    const signed = ["-CA", file("ca.pem"), "-CAkey", file("ca.key")];
    const names = ["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"];
    const leaf = ["-subj", "/CN=localhost", "-keyout", file("leaf.key"), "-out", file("leaf.pem")];
    await run("openssl", [...fresh, ...signed, ...names, ...leaf]);
    server = createServer({ key: readFileSync(file("leaf.key")), cert: readFileSync(file("leaf.pem")) }, (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        bodies.push(body);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true });
  });

  async function deliver(host: string, { trusts, loopback = true }: { trusts: boolean; loopback?: boolean }): Promise<unknown> {
    const { NODE_EXTRA_CA_CERTS: _, NODE_TLS_REJECT_UNAUTHORIZED: __, ...environment } = process.env;
    const parameters = ["--input-type=module", "-e", SCRIPT, `https://${host}:${port}/hook`, String(loopback)];
    const env = { ...environment, ...(trusts && { NODE_EXTRA_CA_CERTS: file("ca.pem") }) };
    return JSON.parse((await run(process.execPath, parameters, { env })).stdout);
  }

  it("is delivered where its authority is trusted", async () => {
    expect(await deliver("localhost", { trusts: true })).toEqual({ ok: true });
    expect(bodies.splice(0)).toEqual(["{}"]);
  });

  it("gets nothing from a process that does not trust its authority, or for another name than its certificate's; both are tried again", async () => {
    const refused = (sentence: string) => ({ ok: false, failure: { sentence, isFinal: false } });
    expect(await deliver("localhost", { trusts: false })).toMatchObject(refused("UNABLE_TO_VERIFY_LEAF_SIGNATURE"));
    expect(await deliver("127.0.0.1", { trusts: true })).toMatchObject(refused("ERR_TLS_CERT_ALTNAME_INVALID"));
    expect(bodies).toEqual([]);
  });

  it("on this machine gets nothing unless the configuration allows it, trusted or not", async () => {
    expect(await deliver("localhost", { trusts: true, loopback: false })).toMatchObject({
      ok: false,
      failure: { isFinal: true },
    });
    expect(bodies).toEqual([]);
  });
});
