/** The `edgewise` command as a person runs it, against a running system. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export const REPOSITORY = join(import.meta.dirname, "../..");

export interface EdgewiseTarget {
  controlPlaneUrl: string;
  edgeUrl: string;
  adminToken: string;
}

/** Its standard output; throws with both outputs when it fails. */
export async function runEdgewise(
  { controlPlaneUrl, edgeUrl, adminToken }: EdgewiseTarget,
  ...parameters: string[]
): Promise<string> {
  const command = spawn(
    process.execPath,
    ["control-plane/cli/edgewise.ts", ...parameters, "--url", controlPlaneUrl, "--edge-url", edgeUrl],
    { cwd: REPOSITORY, env: { ...process.env, NO_COLOR: "1", EDGEWISE_TOKEN: adminToken }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let [stdout, stderr] = ["", ""];
  command.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  command.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(command, "close")) as [number | null];
  if (code !== 0) throw new Error(`edgewise ${parameters.join(" ")} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}
