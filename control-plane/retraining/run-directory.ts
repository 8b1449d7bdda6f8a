/** Where the files of a run are while it is under way. Each step begins with its own part empty, so that a step that was cut off can begin anew. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { JOB_FILE, METRICS_FILE } from "../../contract/training-job.ts";
import type { PartName } from "./data/data-failure.ts";

export interface RunDirectory {
  path: string;
  /** Marks every process of the run (confined/process-table.ts): unlike that of any other installation on this machine. */
  mark: string;
  /** What the source gave. */
  fetched: string;
  /** What a preprocessing command is given and leaves. */
  commandInput: string;
  commandOutput: string;
  /** The trainer's directory (contract/training-job.ts). */
  job: string;
  jobFile: string;
  metricsFile: string;
  /** The holdout lies outside of the trainer's directory. */
  part(name: PartName): string;
  /** For what one step leaves itself. */
  scratch(name: string): string;
  /** Makes a directory of the run that has nothing in it. */
  empty(path: string): void;
  /** Removes a file of the run, if it is there. */
  discard(path: string): void;
  remove(): void;
}

export function runDirectory(root: string, id: number): RunDirectory {
  const path = join(root, `run-${id}`);
  const job = join(path, "job");
  return {
    path,
    mark: path,
    fetched: join(path, "fetched"),
    commandInput: join(path, "preprocess/input"),
    commandOutput: join(path, "preprocess/output"),
    job,
    jobFile: join(job, JOB_FILE),
    metricsFile: join(job, METRICS_FILE),
    part: (name) => (name === "holdout" ? join(path, "holdout.csv") : join(job, `${name}.csv`)),
    scratch: (name) => join(path, name),
    empty(directory) {
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    },
    discard: (file) => rmSync(file, { recursive: true, force: true }),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
