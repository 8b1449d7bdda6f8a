/** The two processes of a local start: what each is called with. Nothing is started here. */
import { join } from "node:path";
import type { EdgeBindings } from "./edge-bindings.ts";
import type { GroupCommand } from "./process-group.ts";
import type { LocalSecrets } from "./secrets.ts";

export interface StartPlan {
  repositoryDirectory: string;
  stateDirectory: string;
  edgePort: number;
  controlPlanePort: number;
  secrets: LocalSecrets;
  bindings: EdgeBindings;
  environment: NodeJS.ProcessEnv;
}

/** Only this machine: neither part is made to be reached from outside without what stands before it in production. */
export const HOST = "127.0.0.1";
export const edgeUrlOf = ({ edgePort }: Pick<StartPlan, "edgePort">): string => `http://${HOST}:${edgePort}`;
export const controlPlaneUrlOf = ({ controlPlanePort }: Pick<StartPlan, "controlPlanePort">): string =>
  `http://${HOST}:${controlPlanePort}`;

/** `wrangler dev` with local KV, R2 and Durable Objects that outlive a restart. It asks nothing and reports nothing to anyone. */
export function edgeCommand({ repositoryDirectory, stateDirectory, edgePort, secrets, environment }: StartPlan): GroupCommand {
  return {
    command: process.execPath,
    // prettier-ignore
    parameters: [
      join(repositoryDirectory, "node_modules/wrangler/bin/wrangler.js"), "dev", "--local",
      "--ip", HOST, "--port", String(edgePort), "--inspector-port", "0",
      "--persist-to", join(stateDirectory, "edge-state"),
      "--env-file", secrets.edgeEnvFile,
      "--show-interactive-dev-session=false",
    ],
    environment: {
      ...environment,
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_WRITE_LOGS: "false",
      // Otherwise each start asks a host of Cloudflare's for a sample of request.cf, and complains without a network.
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
    },
    workingDirectory: repositoryDirectory,
  };
}

/** The control plane, pointed at the local runtime's own copy of Cloudflare's REST API. */
export function controlPlaneCommand(plan: StartPlan): GroupCommand {
  const { repositoryDirectory, stateDirectory, controlPlanePort, secrets, bindings, environment } = plan;
  return {
    command: process.execPath,
    parameters: [join(repositoryDirectory, "control-plane/server.ts")],
    environment: {
      ...environment,
      HOST,
      PORT: String(controlPlanePort),
      EDGEWISE_DIRECTORY: stateDirectory,
      LIBSQL_URL: environment["LIBSQL_URL"] ?? `file:${join(stateDirectory, "registry.db")}`,
      EDGE_URL: edgeUrlOf(plan),
      EDGE_TOKEN: secrets.edgeToken,
      CLOUDFLARE_API_BASE_URL: `${edgeUrlOf(plan)}/cdn-cgi/explorer/api`,
      CLOUDFLARE_KV_NAMESPACE_ID: bindings.kvNamespaceId,
      CLOUDFLARE_R2_BUCKET: bindings.r2Bucket,
      // The local API has no accounts, and a real token has no business in a local start.
      CLOUDFLARE_ACCOUNT_ID: undefined,
      CLOUDFLARE_API_TOKEN: undefined,
      // The edge was given the public half of the key in the state directory.
      RELEASE_PRIVATE_KEY: undefined,
      LOG_FORMAT: environment["LOG_FORMAT"] ?? "pretty",
    },
    workingDirectory: repositoryDirectory,
  };
}
