/**
 * `npm run bench:drift`: the drift job beside pandas and scipy doing the same with the same rows, in turn, in one run. Ratios count; seconds
 * belong to the machine. DRIFT_BENCH_SCALE=0.01 makes it small. Nothing here passes or fails.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { writeBenchFiles } from "./drift-files.ts";
import { median } from "./load.ts";

const SCALE = Number(process.env["DRIFT_BENCH_SCALE"] ?? 1);
const ROUNDS = Number(process.env["DRIFT_BENCH_ROUNDS"] ?? 3);
const PYTHON = "/usr/bin/python3";
const PEER = join(import.meta.dirname, "drift_peer.py");
const OURS = join(import.meta.dirname, "drift-in-memory.ts");
const JOB = join(import.meta.dirname, "../../drift-job/drift.ts");

interface Run {
  seconds: number;
  peakMiB: number;
  /** For the eye: both sides found the same. */
  found: string;
}

interface PeerRun extends Run {
  /** What it did in place of what was asked, and why. */
  instead?: string;
}

const directory = await mkdtemp(join(tmpdir(), "drift-bench-"));
try {
  console.log(`${cpus().length} × ${cpus()[0]?.model}; Node ${process.version}; ${ROUNDS} rounds in turn, medians\n`);
  const rows = await writeBenchFiles(directory, SCALE);
  console.log(`${rows.reference} against ${rows.current} rows`);
  const path = (side: string, extension: string): string => join(directory, `${side}.${extension}`);
  for (const extension of ["csv", "parquet"])
    console.log(`  reference.${extension} ${((await stat(path("reference", extension))).size / 1024 ** 2).toFixed(0)} MiB`);

  compare(
    "one feature of doubles in memory, KS + PSI (one thread each)",
    () => ours("memory"),
    () => peer("memory"),
  );
  for (const extension of ["csv", "parquet"])
    compare(
      `six features end to end from ${extension} (ours: ${cpus().length} threads and a full report)`,
      () => ours(extension),
      () => peer(extension),
    );

  function ours(what: string): Run {
    if (what === "memory")
      return JSON.parse(runText(process.execPath, [OURS, path("reference", "f64"), path("current", "f64")])) as Run;
    const startedMs = performance.now();
    const report = JSON.parse(
      runText(process.execPath, [
        JOB,
        "--reference",
        path("reference", what),
        "--current",
        path("current", what),
        "--out",
        join(directory, "reports"),
        "--json",
      ]),
    ) as { features: Record<string, { ks_test: { statistic: number } }>; run: { peak_memory_bytes: number } };
    return {
      seconds: (performance.now() - startedMs) / 1000,
      peakMiB: report.run.peak_memory_bytes / 1024 ** 2,
      found: Object.values(report.features)
        .map(({ ks_test: ks }) => ks.statistic.toFixed(6))
        .join(" "),
    };
  }
  /** Where pandas cannot read a format, it reads the same rows from CSV. */
  function peer(what: string): PeerRun {
    const extension = what === "memory" ? "f64" : what;
    const told = JSON.parse(runText(PYTHON, [PEER, what, path("reference", extension), path("current", extension)])) as
      Run | { absent: string };
    return "absent" in told ? { ...peer("csv"), instead: `from CSV instead: ${told.absent}` } : told;
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}

function compare(name: string, ours: () => Run, peer: () => PeerRun): void {
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    // Reversed every other round, so that neither place in the order is favoured.
    if (round % 2 === 0) return { left: ours(), right: peer() };
    const right = peer();
    return { left: ours(), right };
  });
  const instead = rounds[0]?.right.instead;
  const ratios = rounds.map(({ left, right }) => right.seconds / left.seconds);
  const lefts = rounds.map(({ left }) => left);
  const rights = rounds.map(({ right }) => right);
  console.log(`\n${name}`);
  console.log(line("drift job", lefts));
  console.log(line("pandas + scipy", rights));
  if (instead !== undefined) console.log(`  pandas + scipy ${instead}`);
  console.log(
    `  faster by ${median(ratios).toFixed(1)} (${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)})`,
  );
}

function line(who: string, runs: readonly Run[]): string {
  const seconds = median(runs.map((run) => run.seconds)).toFixed(2);
  const peakMiB = Math.max(...runs.map((run) => run.peakMiB)).toFixed(0);
  return `  ${who.padEnd(16)} ${seconds.padStart(7)} s  ${peakMiB.padStart(6)} MiB peak  KS ${runs[0]?.found ?? ""}`;
}

function runText(command: string, given: readonly string[]): string {
  return execFileSync(command, given, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, stdio: ["ignore", "pipe", "inherit"] });
}
