/**
 * Reports on disk: written whole or not at all, JSON last, so that a report that can be found has its page beside it; and the PSI of earlier
 * ones, for the chart over time.
 */
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { driftReport, type DriftReport } from "../../contract/drift-report.ts";
import { htmlPage, type PsiHistory } from "./html-page.ts";

export interface ReportFiles {
  jsonPath: string;
  /** Absent when no page was asked for. */
  htmlPath: string | undefined;
}

/** Earlier reports that the chart over time takes in. */
const HISTORY_REPORTS_MAX = 90;
const REPORT = /^drift-\d{8}T\d{9}Z\.json$/;
const PART = /^drift-.*\.part$/;

/**
 * Names hold the report's time to the millisecond; a report that is there already is not touched.
 * @throws the file system's own error, with the path in it
 */
export async function writeReport(directory: string, report: DriftReport, withPage: boolean): Promise<ReportFiles> {
  await mkdir(directory, { recursive: true });
  await sweep(directory);
  const name = `drift-${report.timestamp.replaceAll(/[-:.]/g, "")}`;
  const jsonPath = join(directory, `${name}.json`);
  const htmlPath = withPage ? join(directory, `${name}.html`) : undefined;
  if (htmlPath !== undefined) await writeWhole(htmlPath, htmlPage(report, await psiHistory(directory, report)));
  await writeWhole(jsonPath, `${JSON.stringify(report, null, 2)}\n`);
  return { jsonPath, htmlPath };
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  const file = await open(temporary, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Parts that a killed run has left; those of runs that still go on are kept. */
async function sweep(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!PART.test(name)) continue;
    const pid = Number(name.split(".").at(-2));
    if (!isRunning(pid)) await rm(join(directory, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** PSI per feature of earlier reports against the same reference, oldest first, and of this one. What is no report is passed over. */
export async function psiHistory(directory: string, report: DriftReport): Promise<PsiHistory> {
  const names = (await readdir(directory)).filter((name) => REPORT.test(name)).toSorted();
  const earlier: DriftReport[] = [];
  for (const name of names.slice(-HISTORY_REPORTS_MAX)) {
    const parsed = driftReport.safeParse(parseJson(await readFile(join(directory, name), "utf8")));
    if (parsed.success && parsed.data.timestamp < report.timestamp && lineOf(parsed.data) === lineOf(report))
      earlier.push(parsed.data);
  }
  return historyOf([...earlier, report]);
}

/** PSI per feature over reports in order of time. */
export function historyOf(reports: readonly DriftReport[]): PsiHistory {
  const history: Record<string, { timestamp: string; psi: number }[]> = {};
  for (const { timestamp, features } of reports) {
    for (const [name, { psi }] of Object.entries(features)) {
      if (psi !== undefined) (history[name] ??= []).push({ timestamp, psi: psi.psi });
    }
  }
  return history;
}

/** Reports whose PSI can be compared. */
const lineOf = ({ source }: DriftReport): string =>
  source.kind === "files" ? JSON.stringify(source.reference) : JSON.stringify([source.model, source.version, source.region]);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
