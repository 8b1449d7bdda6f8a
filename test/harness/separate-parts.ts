/**
 * The running system as `npm start` brings it up (the same commands, the same order, the example line), with its parts in the test's hands: the edge can
 * be ended, frozen, wiped and started again, and what the control plane reads of the edge's shards passes through here, so that one can be silenced.
 */
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ShardReading } from "../../contract/metric-flush.ts";
import { restStorage } from "../../control-plane/cloudflare/rest-storage.ts";
import { freePorts } from "../../ops/bench/free-port.ts";
import { bringUp, type Part } from "../../ops/start/bring-up.ts";
import { edgeBindings } from "../../ops/start/edge-bindings.ts";
import { controlPlaneUrlOf, edgeCommand, edgeUrlOf, type StartPlan } from "../../ops/start/parts.ts";
import { startGroup, type GroupCommand, type ProcessGroup } from "../../ops/start/process-group.ts";
import { prepareSecrets } from "../../ops/start/secrets.ts";
import { REPOSITORY } from "./run-edgewise.ts";
import { until } from "./until.ts";

const GRACE_MS = 10_000;

export interface SeparateParts {
  edgeUrl: string;
  controlPlaneUrl: string;
  controlPlanePort: number;
  adminToken: string;
  /** Shards that the control plane hears nothing of. */
  silenced: Set<number>;
  stopEdge(): Promise<void>;
  startEdge(): Promise<void>;
  /** Stops the edge's processes where they are: connections are taken, and nobody answers. */
  freezeEdge(): void;
  thawEdge(): void;
  /** Takes away what the Durable Objects stored. Only while the edge is stopped. */
  wipeShards(): void;
  /** Puts a value under a key of the edge's KV, as anyone with a stolen token could. */
  putReleaseKey(key: string, value: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startSeparateParts(): Promise<SeparateParts> {
  const directory = mkdtempSync(join(tmpdir(), "edgewise-parts-"));
  const [edgePort, controlPlanePort] = (await freePorts(2)) as [number, number];
  const plan: StartPlan = {
    repositoryDirectory: REPOSITORY,
    stateDirectory: directory,
    edgePort,
    controlPlanePort,
    secrets: prepareSecrets(directory),
    bindings: edgeBindings(readFileSync(join(REPOSITORY, "wrangler.toml"), "utf8")),
    environment: { ...process.env, NO_COLOR: "1", INCIDENTS_DIRECTORY: join(directory, "incidents"), LOG_LEVEL: "warn" },
  };
  const silenced = new Set<number>();
  const relay = await startRelay(edgeUrlOf(plan), silenced);
  const groups = new Map<Part, ProcessGroup>();
  let output = "";
  const start = (part: Part, command: GroupCommand): ProcessGroup => {
    const environment = part === "control plane" ? { ...command.environment, EDGE_URL: relay.url } : command.environment;
    const group = startGroup({ ...command, environment });
    for (const stream of [group.stdout, group.stderr]) stream.on("data", (text: Buffer) => (output += text.toString()));
    groups.set(part, group);
    return group;
  };
  // The last resort, for a test run that is ended in its midst.
  process.on("exit", () => groups.forEach((group) => group.kill()));
  const endAll = async (): Promise<void> => {
    for (const part of ["control plane", "edge"] as const) await groups.get(part)?.end(GRACE_MS);
    await relay.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  const up = await bringUp({ plan, start, report: () => undefined, interruption: new AbortController().signal });
  if (!up.ok) {
    await endAll();
    throw new Error(`${up.failure}\n${output.slice(-4000)}`);
  }
  const signalEdge = (signal: NodeJS.Signals): void => void process.kill(-(groups.get("edge") as ProcessGroup).id, signal);
  return {
    edgeUrl: edgeUrlOf(plan),
    controlPlaneUrl: controlPlaneUrlOf(plan),
    controlPlanePort,
    adminToken: readFileSync(plan.secrets.adminTokenFile, "utf8").trim(),
    silenced,
    stopEdge: async () => groups.get("edge")?.end(GRACE_MS),
    async startEdge() {
      start("edge", edgeCommand(plan));
      await until(async () => (await fetch(`${edgeUrlOf(plan)}/v2/health/live`)).ok);
    },
    freezeEdge: () => signalEdge("SIGSTOP"),
    thawEdge: () => signalEdge("SIGCONT"),
    wipeShards: () => removeDurableObjects(join(directory, "edge-state")),
    async putReleaseKey(key, value) {
      const baseUrl = `${edgeUrlOf(plan)}/cdn-cgi/explorer/api`;
      const storage = restStorage({ baseUrl, accountId: undefined, apiToken: undefined, ...plan.bindings });
      const put = await storage.putValue(key, value);
      if (!put.ok) throw new Error(JSON.stringify(put.failure));
    },
    stop: endAll,
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function removeDurableObjects(stateDirectory: string): void {
  const stored = readdirSync(stateDirectory, { recursive: true, encoding: "utf8", withFileTypes: true });
  const objects = stored.filter((entry) => entry.isDirectory() && entry.name === "do");
  if (objects.length === 0) throw new Error("the Durable Objects' storage was not found");
  for (const { parentPath, name } of objects) rmSync(join(parentPath, name), { recursive: true });
}

/** Passes on what the control plane asks of the edge, and its answers, but for the shards that are silenced. */
async function startRelay(edgeUrl: string, silenced: ReadonlySet<number>): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    void bodyOf(request)
      .then((body) =>
        fetch(edgeUrl + (request.url ?? "/"), {
          method: request.method ?? "GET",
          headers: {
            authorization: request.headers.authorization ?? "",
            "content-type": request.headers["content-type"] ?? "application/json",
          },
          ...(body.byteLength > 0 && { body }),
          signal: AbortSignal.timeout(30_000),
        }),
      )
      .then(async (answer) => {
        const body = (await answer.json()) as { shards?: ShardReading[] };
        const shards = body.shards?.map((reading): ShardReading => {
          return silenced.has(reading.shard) ? { shard: reading.shard, silent: true } : reading;
        });
        response
          .writeHead(answer.status, {
            "content-type": "application/json",
            "x-model-version": answer.headers.get("x-model-version") ?? "",
          })
          .end(JSON.stringify({ ...body, ...(shards && { shards }) }));
      })
      // The edge's own way of not answering: the connection ends.
      .catch(() => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
