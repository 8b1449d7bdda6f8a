/** Fetches the data into the run's own directory, so that what is trained on cannot change under it, and names every file by its digest. */
import { createReadStream, createWriteStream, globSync, readdirSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { RetrainSource } from "../../api/retrain-config-schema.ts";
import type { Fetched } from "../../api/retrain-schemas.ts";
import { storageFailureSentence } from "../../cloudflare/edge-storage.ts";
import { DATA_FILE_ENDINGS, isDataFile } from "../data/read-rows.ts";
import type { StepFailure } from "../step-failure.ts";
import { fileDigest } from "./file-digest.ts";
import type { StepContext, StepOutcome } from "./step.ts";

const MIB = 1024 ** 2;

/** A file to fetch, and what it is called in the run's directory. */
interface Origin {
  name: string;
  bytes: number;
  copyTo: (path: string) => Promise<Result<void, StepFailure>>;
}

export async function fetchData(context: StepContext): Promise<Result<StepOutcome, StepFailure>> {
  const { config, directory } = context;
  directory.empty(directory.fetched);
  const fetched = await (config.source.kind === "command"
    ? runSource(context, config.source)
    : copyOrigins(context, config.source));
  if (!fetched.ok) return fetched;
  const names = readdirSync(directory.fetched).filter(isDataFile).toSorted();
  if (names.length === 0) return fail({ reason: "source_empty", looked: lookedFor(config.source) });
  const files: Fetched["files"] = [];
  for (const name of names) {
    const digest = await fileDigest(join(directory.fetched, name));
    if (!digest) throw new Error(`${name} was fetched and is gone`);
    files.push({ name, ...digest });
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const text = `${files.length} ${files.length === 1 ? "file" : "files"}, ${(bytes / MIB).toFixed(1)} MiB`;
  return succeed({ move: "advance", text, details: { files } });
}

// --- Not exported ---

async function runSource(
  { command, directory }: StepContext,
  source: Extract<RetrainSource, { kind: "command" }>,
): Promise<Result<unknown, StepFailure>> {
  return command("source", {
    argv: source.command,
    environment: source.environment,
    workingDirectory: directory.fetched,
  });
}

async function copyOrigins(
  { tools, directory, config, signal }: StepContext,
  source: Exclude<RetrainSource, { kind: "command" }>,
): Promise<Result<unknown, StepFailure>> {
  const found =
    source.kind === "files" ? filesOf(source.files, tools.policy.dataDirectories) : await objectsOf(tools, source.prefix);
  if (!found.ok) return found;
  const bytes = found.value.reduce((sum, origin) => sum + origin.bytes, 0);
  const bytesMax = config.limits.diskMib * MIB;
  if (bytes > bytesMax) return fail({ reason: "source_too_large", bytes, bytesMax });
  for (const [at, { name, copyTo }] of found.value.entries()) {
    if (signal.aborted) return fail({ reason: "command_failed", what: "source", failure: { reason: "cancelled" } });
    // Numbered: two files of one name do not meet, and the order of the rows is the order of the source.
    const copied = await copyTo(join(directory.fetched, `${String(at).padStart(4, "0")}-${name}`));
    if (!copied.ok) return copied;
  }
  return succeed(undefined);
}

/** Files below the allowed directories, links followed; by path, so that the order is the same on every machine. */
function filesOf(patterns: readonly string[], directories: readonly string[]): Result<Origin[], StepFailure> {
  const roots = directories.flatMap((directory) => realPath(resolve(directory)) ?? []);
  const isInside = (path: string): boolean =>
    roots.some((root) => {
      const below = relative(root, path);
      return below !== "" && below !== ".." && !below.startsWith(`..${sep}`) && !isAbsolute(below);
    });
  const paths = new Set<string>();
  for (const pattern of patterns) {
    const matches = isAbsolute(pattern)
      ? globSync(pattern)
      : roots.flatMap((root) => globSync(pattern, { cwd: root }).map((name) => join(root, name)));
    for (const match of matches) {
      const path = realPath(match);
      if (path === undefined || !isDataFile(path) || !statSync(path).isFile()) continue;
      if (!isInside(path)) return fail({ reason: "source_outside", pattern, directories: [...directories] });
      paths.add(path);
    }
  }
  return succeed(
    [...paths].toSorted().map((path): Origin => ({
      name: path.split(sep).at(-1) ?? path,
      bytes: statSync(path).size,
      async copyTo(target) {
        await pipeline(createReadStream(path), createWriteStream(target, { flags: "wx", mode: 0o600 }));
        return succeed(undefined);
      },
    })),
  );
}

async function objectsOf({ storage }: StepContext["tools"], prefix: string): Promise<Result<Origin[], StepFailure>> {
  const listed = await storage.listObjects(prefix);
  if (!listed.ok) return fail({ reason: "source_unreadable", name: prefix, detail: storageFailureSentence(listed.failure) });
  const objects = listed.value.filter(({ key }) => isDataFile(key)).toSorted((one, other) => (one.key < other.key ? -1 : 1));
  return succeed(
    objects.map(({ key, bytes }): Origin => ({
      name: key.split("/").at(-1) ?? key,
      bytes,
      async copyTo(target) {
        const fetched = await storage.fetchObject(key, target);
        if (!fetched.ok) return fail({ reason: "source_unreadable", name: key, detail: storageFailureSentence(fetched.failure) });
        return fetched.value ? succeed(undefined) : fail({ reason: "source_unreadable", name: key, detail: "it is gone" });
      },
    })),
  );
}

function lookedFor(source: RetrainSource): string[] {
  switch (source.kind) {
    case "files":
      return source.files;
    case "r2":
      return [`${source.prefix}*`];
    case "command":
      return DATA_FILE_ENDINGS.map((ending) => `*${ending}`);
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
