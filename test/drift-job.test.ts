/** The drift job as its users meet it: the command on real data beside scipy, killed half-way, and its page in a real browser. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { driftReport } from "../contract/drift-report.ts";
import { delimited, makeRows } from "../drift-job/rows.fixture.ts";

const JOB = join(import.meta.dirname, "../drift-job/drift.ts");
const PRSA = join(import.meta.dirname, "../../shared/data/prsa");
const PYTHON = "/usr/bin/python3";
const CHROMIUM = "/usr/bin/chromium";
const hasScipy = existsSync(PYTHON) && spawnSync(PYTHON, ["-c", "import scipy, pandas"]).status === 0;
const FEATURES = ["PM2.5", "PM10", "SO2", "NO2", "CO", "O3", "TEMP", "PRES", "DEWP", "RAIN", "WSPM"];

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "drift-job-"));
  await writeFile(join(directory, "a.csv"), delimited(makeRows(400, 1), ","));
  await writeFile(join(directory, "b.csv"), delimited(makeRows(400, 50, 0.4), ","));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const job = (...given: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [JOB, ...given], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
const sources = (): string[] => ["--reference", join(directory, "a.csv"), "--current", join(directory, "b.csv")];

/** Kills a run as soon as it has begun to write the file with this end; false when it had written it whole before it could be killed, five times over. */
async function killedWhileWriting(out: string, end: string): Promise<boolean> {
  await mkdir(out, { recursive: true });
  const parts = (): string[] => readdirSync(out).filter((name) => name.endsWith(".part"));
  for (let attempt = 0; attempt < 5; attempt++) {
    const running = spawn(process.execPath, [JOB, ...sources(), "--out", out], { stdio: "ignore" });
    const part = `${end}.${running.pid}.part`;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    while (running.exitCode === null && !parts().some((name) => name.endsWith(part))) await setImmediate();
    running.kill("SIGKILL");
    await ended;
    if (parts().some((name) => name.endsWith(part))) return true;
    await rm(out, { recursive: true });
    await mkdir(out);
  }
  return false;
}

describe("npm run drift", () => {
  it("says by its exit code what was asked for", () => {
    const out = ["--out", join(directory, "codes")];
    expect(job(...sources(), ...out, "--fail-on-drift", "--features", "smooth").status).toBe(3);
    expect(job(...sources(), ...out, "--fail-on-drift", "--features", "coarse").status).toBe(0);
    expect(job(...sources(), ...out, "--fail-on-drift", "--min-rows", "100000").status).toBe(4);
    expect(job(...sources(), ...out, "--bins", "1")).toMatchObject({ status: 2, stderr: expect.stringContaining("--bins") });
    expect(job(...sources(), ...out, "--features", "none")).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: .*a\.csv has no column none; it has smooth, coarse/),
    });
    expect(readdirSync(join(directory, "codes")).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("leaves no half report when it is killed in the midst of writing one, and the next run is whole", async () => {
    const out = join(directory, "killed");
    for (const half of [".html", ".json"]) {
      expect(await killedWhileWriting(out, half), half).toBe(true);
      expect(readdirSync(out).filter((name) => name.endsWith(".json"))).toEqual([]);
    }
    expect(job(...sources(), "--out", out).status).toBe(0);
    const left = readdirSync(out);
    expect(left.filter((name) => name.endsWith(".part"))).toEqual([]);
    const reports = left.filter((name) => name.endsWith(".json"));
    expect(reports).toHaveLength(1);
    for (const name of reports) driftReport.parse(JSON.parse(readFileSync(join(out, name), "utf8")));
    expect(left).toContain(reports[0]?.replace(/json$/, "html"));
  });

  it.skipIf(!hasScipy || !existsSync(PRSA))(
    "agrees with scipy on the air of Beijing before and after 2016-03 (needs python3-scipy, python3-pandas and ../shared)",
    () => {
      const [before, after] = splitRows();
      const oracle = JSON.parse(
        execFileSync(PYTHON, ["-c", KS_BY_SCIPY, before, after, FEATURES.join()], { encoding: "utf8" }),
      ) as Record<string, [statistic: number, pValue: number]>;
      const told = job(
        "--reference",
        before,
        "--current",
        after,
        "--features",
        FEATURES.join(),
        "--out",
        join(directory, "prsa"),
        "--json",
      );
      const report = driftReport.parse(JSON.parse(told.stdout));
      expect([report.reference_size, report.current_size]).toEqual([263_040, 87_600]);
      for (const feature of FEATURES) {
        const test = report.features[feature]?.ks_test;
        const [statistic, pValue] = oracle[feature] as [number, number];
        expect(Math.abs((test?.statistic as number) - statistic), feature).toBeLessThan(1e-9 * statistic);
        expect(Math.abs((test?.p_value as number) - pValue), feature).toBeLessThanOrEqual(1e-6 * pValue);
      }
      expect(Object.keys(report.features).filter((name) => report.features[name]?.drift_detected)).toEqual(["SO2"]);
    },
  );
});

/** The rows of all sites before 2016-03, and from then on, in a file each. */
function splitRows(): [before: string, after: string] {
  const files = readdirSync(PRSA).filter((name) => name.endsWith(".csv"));
  const texts = files.map((name) => readFileSync(join(PRSA, name), "utf8").split("\n"));
  const header = texts[0]?.[0] as string;
  expect(header).toMatch(/^"No","year","month",/);
  const rows = texts.flatMap((lines) => lines.slice(1)).filter((line) => line !== "");
  const isLater = (row: string): boolean => {
    const [, year, month] = row.split(",", 3);
    return Number(year) * 100 + Number(month) >= 201603;
  };
  const write = (name: string, part: string[]): string => {
    const path = join(directory, name);
    writeFileSync(path, [header, ...part, ""].join("\n"));
    return path;
  };
  return [
    write(
      "before.csv",
      rows.filter((row) => !isLater(row)),
    ),
    write("after.csv", rows.filter(isLater)),
  ];
}

const KS_BY_SCIPY = `
import json, sys, pandas
from scipy import stats
before, after, names = sys.argv[1:4]
names = names.split(",")
before, after = (pandas.read_csv(path, usecols=names) for path in (before, after))
tests = {name: stats.ks_2samp(before[name].dropna(), after[name].dropna()) for name in names}
print(json.dumps({name: [float(test.statistic), float(test.pvalue)] for name, test in tests.items()}))
`;

interface Opened {
  dom: string;
  /** Lines of the page's console. */
  console: string[];
  /** Requests that the page made, other than for itself. */
  requests: number;
}

function opened(page: string): Opened {
  const netLog = join(directory, "net.json");
  const run = spawnSync(
    CHROMIUM,
    [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--user-data-dir=${join(directory, "profile")}`,
      "--enable-logging=stderr",
      "--v=0",
      `--log-net-log=${netLog}`,
      "--dump-dom",
      `file://${page}`,
    ],
    { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, timeout: 60_000 },
  );
  expect(run.status).toBe(0);
  // The browser's own requests (its clock, its updates) have no origin; those of a page have its, which is null for a file.
  const initiators = [...readFileSync(netLog, "utf8").matchAll(/"initiator":"([^"]*)"/g)].map(([, initiator]) => initiator);
  return {
    dom: run.stdout,
    console: run.stderr.split("\n").filter((line) => line.includes("CONSOLE")),
    requests: initiators.filter((initiator) => initiator !== "not an origin").length,
  };
}

describe.skipIf(!existsSync(CHROMIUM))("the page in Chromium (needs the package chromium)", () => {
  it("renders every chart, writes no error to the console, and asks for nothing", async () => {
    // A page that does both, so that it is known that they would be seen.
    const control = join(directory, "control.html");
    await writeFile(control, '<script>console.error("seen")</script><img src="http://127.0.0.1:9/x.png">');
    expect(opened(control)).toMatchObject({ console: [expect.stringContaining("seen")], requests: 1 });

    const out = join(directory, "page");
    expect(job(...sources(), "--out", out).status).toBe(0);
    expect(job(...sources(), "--out", out).status).toBe(0);
    const pages = readdirSync(out).filter((name) => name.endsWith(".html"));
    const shown = opened(join(out, pages.toSorted().at(-1) as string));
    expect(shown).toMatchObject({ console: [], requests: 0 });
    expect(shown.dom.match(/<svg[^>]*aria-label="Distribution of/g)).toHaveLength(5);
    expect(shown.dom.match(/<svg[^>]*aria-label="PSI of/g)).toHaveLength(5);
  });
});
