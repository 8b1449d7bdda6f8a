/** The files of evaluation sets on the control plane's disk, named by content. Files only; what they mean is in the registry. */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { syncFile } from "../registration/artifact-files.ts";

export interface SetFiles {
  uploadPath(id: string): string;
  setPath(sha256: string): string;
  /** Makes the upload durable under its final name. */
  place(uploadPath: string, sha256: string): Promise<void>;
  discard(uploadPath: string): void;
}

/** `uploads` is the directory that a start empties (artifact-files.ts). */
export function openSetFiles(directory: string): SetFiles {
  const sets = join(directory, "evaluation");
  const uploads = join(directory, "uploads");
  for (const path of [sets, uploads]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const setPath = (sha256: string): string => join(sets, sha256);
  return {
    uploadPath: (id) => join(uploads, `${id}.rows`),
    setPath,
    async place(uploadPath, sha256) {
      if (existsSync(setPath(sha256))) return;
      await syncFile(uploadPath);
      renameSync(uploadPath, setPath(sha256));
    },
    discard: (uploadPath) => rmSync(uploadPath, { force: true }),
  };
}
