/**
 * The artifacts on the control plane's disk, named by content, and the directory where uploads are received. Files only: no hashing and no
 * inspection.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";

export interface ArtifactFiles {
  /** A path for an upload; everything at paths that begin with it belongs to the upload (an inspection may write beside it). */
  uploadPath(id: string): string;
  artifactPath(sha256: string): string;
  /** Makes the file's bytes durable under their final name; true when it was not there before. */
  place(path: string, sha256: string): boolean;
  remove(sha256: string): void;
  /** Removes an upload and whatever was written beside it. */
  discardUpload(id: string): void;
}

/** Opens the directories, and empties the one for uploads: what a killed process was receiving is nobody's. */
export function openArtifactFiles(directory: string): ArtifactFiles {
  const uploads = join(directory, "uploads");
  const artifacts = join(directory, "artifacts");
  rmSync(uploads, { recursive: true, force: true });
  for (const path of [uploads, artifacts]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const artifactPath = (sha256: string): string => join(artifacts, `${sha256}.onnx`);
  return {
    uploadPath: (id) => join(uploads, `${id}.onnx`),
    artifactPath,
    place(path, sha256) {
      const target = artifactPath(sha256);
      if (existsSync(target)) return false;
      renameSync(path, target);
      syncDirectory(artifacts);
      return true;
    },
    remove: (sha256) => rmSync(artifactPath(sha256), { force: true }),
    discardUpload(id) {
      for (const name of readdirSync(uploads))
        if (name.startsWith(id)) rmSync(join(uploads, name), { recursive: true, force: true });
    },
  };
}

/** Waits until a file's bytes are on the disk. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
