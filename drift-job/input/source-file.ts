/** From what a person names (a path, a pattern, a URL) to files on this disk with their format. */
import { glob, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { download, type DownloadPolicy } from "./download.ts";
import { InputError } from "./input-failure.ts";
import { FILES_MAX } from "./input-limits.ts";

export type FileFormat = "csv" | "tsv" | "json_lines" | "parquet";

export interface SourceFile {
  path: string;
  /** As the caller named it: the URL of a file that was fetched, without its query, which may hold a signature. */
  shownAs: string;
  format: FileFormat;
  isGzip: boolean;
  bytes: number;
}

const FORMATS: Record<string, FileFormat> = {
  csv: "csv",
  tsv: "tsv",
  jsonl: "json_lines",
  ndjson: "json_lines",
  parquet: "parquet",
};

/** The format that a name's end says; undefined when it says none. */
export function formatOf(name: string): { format: FileFormat; isGzip: boolean } | undefined {
  const [, extension = "", gzip] = /\.([a-z]+)(\.gz)?$/i.exec(name) ?? [];
  const format = FORMATS[extension.toLowerCase()];
  if (format === undefined || (format === "parquet" && gzip !== undefined)) return undefined;
  return { format, isGzip: gzip !== undefined };
}

export interface OpenedSources {
  files: SourceFile[];
  /** Removes what was fetched. */
  close: () => Promise<void>;
}

/**
 * Files that the sources name, patterns in order of path. URLs are fetched into a temporary directory.
 * @throws InputError
 */
export async function openSources(sources: readonly string[], policy: DownloadPolicy): Promise<OpenedSources> {
  let directory: string | undefined;
  const close = async (): Promise<void> => {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  };
  const files: SourceFile[] = [];
  try {
    for (const source of sources) {
      if (!/^https?:\/\//i.test(source)) files.push(...(await localFiles(source)));
      else {
        directory ??= await mkdtemp(join(tmpdir(), "edgewise-drift-"));
        files.push(await fetched(source, join(directory, String(files.length)), policy));
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { files, close };
}

async function localFiles(source: string): Promise<SourceFile[]> {
  const paths = (await isFile(source)) ? [source] : await matching(source);
  const found: SourceFile[] = [];
  for (const path of paths.toSorted()) {
    if (!(await isFile(path))) continue;
    const format = formatOf(path);
    if (format === undefined) throw new InputError({ reason: "format_unknown", source: path });
    found.push({ path, shownAs: path, ...format, bytes: (await stat(path)).size });
  }
  if (found.length === 0) throw new InputError({ reason: "source_absent", source });
  if (found.length > FILES_MAX)
    throw new InputError({ reason: "too_many_files", source, files: found.length, filesMax: FILES_MAX });
  return found;
}

async function fetched(source: string, path: string, policy: DownloadPolicy): Promise<SourceFile> {
  if (!URL.canParse(source)) throw new InputError({ reason: "source_refused", source, detail: "it is no URL" });
  const url = new URL(source);
  const shownAs = `${url.origin}${url.pathname}`;
  const format = formatOf(url.pathname);
  if (format === undefined) throw new InputError({ reason: "format_unknown", source: shownAs });
  return { path, shownAs, ...format, bytes: await download(url, shownAs, path, policy) };
}

async function matching(pattern: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of glob(pattern)) paths.push(path);
  return paths;
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
