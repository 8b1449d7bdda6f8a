/** A real Prometheus with the repository's rules and scrape configuration, told where the control plane and Alertmanager are. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../ops/bench/free-port.ts";
import { hastenedPrometheus, hastenedRules } from "./hastened.ts";
import { until } from "./until.ts";

export const HAS_PROMETHEUS = spawnSync("prometheus", ["--version"], { stdio: "ignore" }).status === 0;

const shipped = (name: string): string => readFileSync(join(import.meta.dirname, "../../ops/prometheus", name), "utf8");

export interface PrometheusOptions {
  controlPlanePort: number;
  alertmanagerPort: number;
  /** How many times shorter its waits and windows are (hastened.ts). */
  hastenedBy: number;
}

export interface Sample {
  metric: Record<string, string>;
  /** Time in seconds, and value. */
  points: [number, number][];
}

export interface RunningPrometheus {
  url: string;
  /** The expression now, or at a time in seconds. One point a series; several where it selects a range. */
  query(expr: string, atSeconds?: number): Promise<Sample[]>;
  queryRange(expr: string, fromSeconds: number, toSeconds: number, stepSeconds: number): Promise<Sample[]>;
  /** Names of the alerts that fire. */
  firing(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startPrometheus(options: PrometheusOptions): Promise<RunningPrometheus> {
  const { controlPlanePort, alertmanagerPort, hastenedBy } = options;
  const directory = mkdtempSync(join(tmpdir(), "edgewise-prometheus-"));
  for (const name of ["alert_rules.yml", "recording_rules.yml"]) {
    writeFileSync(join(directory, name), hastenedRules(shipped(name), hastenedBy));
  }
  const config = hastenedPrometheus(shipped("prometheus.yml"), hastenedBy)
    .replaceAll("127.0.0.1:8080", `127.0.0.1:${controlPlanePort}`)
    .replaceAll("127.0.0.1:9093", `127.0.0.1:${alertmanagerPort}`)
    // A timeout over the interval is refused.
    .replace(/scrape_timeout: .*/, (line) => (hastenedBy === 1 ? line : "scrape_timeout: 1s"));
  writeFileSync(join(directory, "prometheus.yml"), config);
  const port = await freePort();
  const prometheus = spawn(
    "prometheus",
    [
      `--config.file=${join(directory, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    { stdio: "ignore" },
  );
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/-/ready`)).ok);

  async function ask(path: string, parameters: Record<string, string>): Promise<Sample[]> {
    const answer = await fetch(`${url}/api/v1/${path}`, { method: "POST", body: new URLSearchParams(parameters) });
    const body = (await answer.json()) as Answer;
    if (body.status !== "success") throw new Error(`${parameters["query"]}: ${body.error}`);
    return samplesOf(body.data);
  }
  return {
    url,
    query: (query, at) => ask("query", { query, ...(at === undefined ? {} : { time: String(at) }) }),
    queryRange: (query, start, end, step) =>
      ask("query_range", { query, start: String(start), end: String(end), step: String(step) }),
    async firing() {
      const samples = await ask("query", { query: 'ALERTS{alertstate="firing"}' });
      return samples.map(({ metric }) => metric["alertname"] as string);
    },
    async stop() {
      if (prometheus.exitCode === null) {
        prometheus.kill();
        await once(prometheus, "exit");
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

type Point = [number, string];
type Answer =
  | { status: "error"; error: string }
  | {
      status: "success";
      data: { resultType: string; result: { metric: Record<string, string>; value?: Point; values?: Point[] }[] | Point };
    };

function samplesOf({ resultType, result }: Extract<Answer, { status: "success" }>["data"]): Sample[] {
  const numbers = ([at, value]: Point): [number, number] => [at, Number(value)];
  if (resultType === "scalar") return [{ metric: {}, points: [numbers(result as Point)] }];
  return (result as { metric: Record<string, string>; value?: Point; values?: Point[] }[]).map(({ metric, value, values }) => ({
    metric,
    points: (values ?? (value ? [value] : [])).map(numbers),
  }));
}
