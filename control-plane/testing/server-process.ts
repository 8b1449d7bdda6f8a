/** For tests: the control plane as the process that it is in production, to be killed. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("../server.ts", import.meta.url));

export interface ServerProcess {
  url: string;
  pid: number;
  /** Everything that it printed. */
  output: string[];
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<{ code: number | null }>;
}

/** Starts the server with just these variables and waits until it listens. Throws with its output when it ends instead. */
export async function startServer(variables: Record<string, string>): Promise<ServerProcess> {
  const child = spawn(process.execPath, [SERVER], {
    env: { PATH: process.env["PATH"], LOG_FORMAT: "json", PORT: "0", ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  const url = await listening(child, output);
  const ended = once(child, "exit");
  return {
    url,
    pid: child.pid as number,
    output,
    async kill(signal) {
      child.kill(signal);
      const [code] = (await ended) as [number | null];
      return { code };
    },
  };
}

function listening(child: ChildProcess, output: string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) throw new Error("the server was started without pipes");
    createInterface(stream).on("line", (line) => {
      output.push(line);
      if (line.includes("the control plane listens")) resolve((JSON.parse(line) as { url: string }).url);
    });
  }
  child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${output.join("\n")}`)));
  return promise;
}
