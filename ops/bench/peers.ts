/** The servers that the edge is measured against, each started for one run: same model, same request, same answer. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { freePort } from "./free-port.ts";

export interface Peer {
  name: string;
  url: string;
  stop(): Promise<void>;
}

/** A Hono Worker that reads nothing and answers a constant, on workerd's direct socket: what the platform itself costs. */
export async function emptyWorker(): Promise<Peer> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "empty-worker.ts")],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      telemetry: { enabled: false },
      modules: [{ type: "ESModule", path: "index.js", contents: outputFiles[0]?.text ?? "" }],
      modulesRoot: ".",
      compatibilityDate: "2026-10-01",
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    }),
  );
  await miniflare.ready;
  const { origin } = await miniflare.unsafeGetDirectURL();
  return { name: "empty Hono Worker", url: `${origin}/predict`, stop: () => miniflare.dispose() };
}

/** Node, Hono and onnxruntime-node: native code on the same machine, one thread for inference as at the edge. */
export async function nodeServer(): Promise<Peer> {
  return serverProcess("Node + Hono + onnxruntime-node", process.execPath, [
    "--no-warnings",
    join(import.meta.dirname, "node-server.ts"),
  ]);
}

/** FastAPI, uvicorn and XGBoost, in both ways of fastapi_server.py, where Debian's packages for it are installed; undefined elsewhere. */
export async function fastApi(way: "lean" | "usual"): Promise<Peer | undefined> {
  const python = "/usr/bin/python3";
  const packages = way === "usual" ? "fastapi, uvicorn, xgboost, pandas" : "fastapi, uvicorn, xgboost";
  const probe = spawn(python, ["-c", `import ${packages}`], { stdio: "ignore" });
  const [code] = (await once(probe, "exit").catch(() => [1])) as [number];
  const script = join(import.meta.dirname, "fastapi_server.py");
  return code === 0 ? serverProcess(`FastAPI + XGBoost, ${way}`, python, [script], [way]) : undefined;
}

async function serverProcess(name: string, command: string, parameters: string[], afterPort: string[] = []): Promise<Peer> {
  const port = await freePort();
  const child = spawn(command, [...parameters, String(port), ...afterPort], { stdio: ["ignore", "ignore", "inherit"] });
  const url = `http://127.0.0.1:${port}/predict`;
  await untilListening(child, url);
  return {
    name,
    url,
    async stop() {
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}

async function untilListening(child: ChildProcess, url: string): Promise<void> {
  while (child.exitCode === null) {
    const answer = await fetch(url, { method: "POST", body: "{}" }).catch(() => undefined);
    if (answer) return void (await answer.arrayBuffer());
    await sleep(100);
  }
  throw new Error(`the server for ${url} ended with ${child.exitCode}`);
}
