/** The environment variables of a local start, read once. */
import { resolve } from "node:path";
import { fail, succeed, type Result } from "../../contract/result.ts";

export interface StartSettings {
  edgePort: number;
  controlPlanePort: number;
  stateDirectory: string;
}

const EDGE_PORT_DEFAULT = "8787";
const CONTROL_PLANE_PORT_DEFAULT = "8080";

/** The settings, or a sentence that names the variable that is wrong. */
export function readSettings(environment: NodeJS.ProcessEnv, repositoryDirectory: string): Result<StartSettings, string> {
  const edgePort = portOf(environment["EDGE_PORT"] || EDGE_PORT_DEFAULT);
  const controlPlanePort = portOf(environment["PORT"] || CONTROL_PLANE_PORT_DEFAULT);
  if (edgePort === undefined) return fail(wrongPort("EDGE_PORT", environment["EDGE_PORT"]));
  if (controlPlanePort === undefined) return fail(wrongPort("PORT", environment["PORT"]));
  if (edgePort === controlPlanePort)
    return fail(`EDGE_PORT and PORT are both ${edgePort}: the edge and the control plane need one each`);
  return succeed({
    edgePort,
    controlPlanePort,
    stateDirectory: resolve(repositoryDirectory, environment["EDGEWISE_DIRECTORY"] || ".edgewise"),
  });
}

function portOf(text: string): number | undefined {
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
}

const wrongPort = (variable: string, value: string | undefined): string =>
  `${variable} is ${JSON.stringify(value)}: a port is a whole number from 1 to 65535`;
