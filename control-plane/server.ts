/**
 * The control plane's process: `node control-plane/server.ts`. Reads the configuration, listens, and on SIGTERM or SIGINT stops accepting,
 * lets what is under way end, and exits with 0. A second signal ends it at once; everything is safe to kill.
 */
import { serve } from "@hono/node-server";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { readConfig, type Config } from "./config.ts";
import { startControlPlane, type ControlPlane } from "./control-plane.ts";
import { inspectArtifact } from "./inspection/inspect.ts";
import { createLog } from "./log.ts";

/** Requests that are still open then are cut off. Longer than a promotion waits for publication. */
const GRACE_MS = 15_000;

const config = readConfig(process.env, process.stdout.isTTY);
if (!config.ok) {
  for (const problem of config.failure.problems) process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
} else {
  await run(config.value, createLog(config.value.log, process.stdout));
}

async function run(config: Config, log: Logger): Promise<void> {
  const controlPlane = await startControlPlane(config, inspectArtifact, log).catch((error: unknown) => {
    log.fatal({ error: String(error) }, "the control plane could not start");
    process.exitCode = 1;
  });
  if (!controlPlane) return;
  const server = await listen(config, controlPlane, log);
  if (!server) {
    await controlPlane.close();
    process.exitCode = 1;
    return;
  }
  const { port } = server.address() as AddressInfo;
  const url = `http://${config.listen.host.includes(":") ? `[${config.listen.host}]` : config.listen.host}:${port}`;
  if (controlPlane.adminTokenPath) log.info({ path: controlPlane.adminTokenPath }, "wrote an admin token");
  log.info({ url, docs: `${url}/docs`, releasePublicKey: controlPlane.key.publicKey }, "the control plane listens");
  let isStopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      void stop(server, controlPlane, log, signal);
    });
  }
}

async function listen({ listen: { host, port } }: Config, { app }: ControlPlane, log: Logger): Promise<Server | undefined> {
  const server = serve({ fetch: app.fetch, createServer, hostname: host, port, autoCleanupIncoming: true }) as Server;
  try {
    await once(server, "listening");
    return server;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message =
      code === "EADDRINUSE"
        ? `port ${port} of ${host} is taken; PORT chooses another`
        : `cannot listen on port ${port} of ${host}`;
    log.fatal({ code }, message);
    return undefined;
  }
}

async function stop(server: Server, controlPlane: ControlPlane, log: Logger, signal: string): Promise<void> {
  log.info({ signal }, "stopping");
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(timer);
  await controlPlane.close();
  log.info("stopped");
  process.exit(0);
}
