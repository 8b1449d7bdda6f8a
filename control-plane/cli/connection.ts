/** Where the control plane and the edge are, and the tokens for them: from options, then the environment, then the files of a start. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { CliFailure } from "./failure.ts";

/** The options that every command takes. */
export interface GlobalOptions {
  url?: string;
  token?: string;
  edgeUrl?: string;
  json?: boolean;
}

export interface Surroundings {
  environment: Readonly<Record<string, string | undefined>>;
  /** Where the command was called. */
  workingDirectory: string;
  /** The checkout that this command belongs to. */
  repositoryDirectory: string;
}

const CONTROL_PLANE_URL_DEFAULT = "http://127.0.0.1:8080";
const EDGE_URL_DEFAULT = "http://127.0.0.1:8787";

export const controlPlaneUrl = ({ url }: GlobalOptions, { environment }: Surroundings): string =>
  withoutSlash(url ?? (environment["EDGEWISE_URL"] || CONTROL_PLANE_URL_DEFAULT));

export const edgeUrl = (options: GlobalOptions, { environment }: Surroundings): string =>
  withoutSlash(options.edgeUrl ?? (environment["EDGE_URL"] || EDGE_URL_DEFAULT));

/** The control plane's token, or where it was looked for. */
export function findToken({ token }: GlobalOptions, surroundings: Surroundings): Result<string, CliFailure> {
  const given = token ?? surroundings.environment["EDGEWISE_TOKEN"];
  if (given) return succeed(given);
  const paths = secretPaths("admin-token", surroundings);
  const found = readFirst(paths);
  return found ? succeed(found) : fail({ reason: "token_absent", lookedIn: ["--token", "EDGEWISE_TOKEN", ...paths] });
}

/** The edge's token, which reaches staged versions; undefined when there is none, and then only released versions answer. */
export const findEdgeToken = (surroundings: Surroundings): string | undefined =>
  surroundings.environment["EDGE_TOKEN"] || readFirst(secretPaths("edge-token", surroundings));

/** EDGEWISE_DIRECTORY, else .edgewise where the command was called, else in the checkout (so that any of its folders will do). */
function secretPaths(name: string, { environment, workingDirectory, repositoryDirectory }: Surroundings): string[] {
  const named = environment["EDGEWISE_DIRECTORY"];
  const folders = named
    ? [resolve(workingDirectory, named)]
    : [join(workingDirectory, ".edgewise"), join(repositoryDirectory, ".edgewise")];
  return [...new Set(folders)].map((folder) => join(folder, name));
}

function readFirst(paths: readonly string[]): string | undefined {
  for (const path of paths) {
    try {
      const text = readFileSync(path, "utf8").trim();
      if (text !== "") return text;
    } catch {
      // Absent or not for this user: the next place, and in the end the message that names them all.
    }
  }
  return undefined;
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, "");
