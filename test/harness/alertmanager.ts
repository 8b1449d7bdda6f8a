/** A real Alertmanager with the repository's file, told where the control plane and the chat are and with its secrets in files. Mail goes nowhere. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../ops/bench/free-port.ts";
import { hastenedAlertmanager } from "./hastened.ts";
import { until } from "./until.ts";

export const HAS_ALERTMANAGER = spawnSync("prometheus-alertmanager", ["--version"], { stdio: "ignore" }).status === 0;

export interface AlertmanagerOptions {
  /** Where POST /api/alerts is. */
  controlPlaneUrl: string;
  /** Its token there. */
  token: string;
  chatUrl: string;
  /** How many times shorter its waits are (hastened.ts). */
  hastenedBy: number;
}

export interface RunningAlertmanager {
  url: string;
  port: number;
  stop(): Promise<void>;
}

export async function startAlertmanager(options: AlertmanagerOptions): Promise<RunningAlertmanager> {
  const directory = mkdtempSync(join(tmpdir(), "edgewise-alertmanager-"));
  writeFileSync(join(directory, "edgewise-token"), `${options.token}\n`);
  writeFileSync(join(directory, "slack-webhook-url"), options.chatUrl);
  writeFileSync(join(directory, "smtp-password"), "unused");
  const shipped = readFileSync(join(import.meta.dirname, "../../ops/alertmanager/alertmanager.yml"), "utf8");
  const config = hastenedAlertmanager(shipped, options.hastenedBy)
    .replaceAll("/run/secrets", directory)
    .replaceAll("http://127.0.0.1:8080", options.controlPlaneUrl)
    .replaceAll("smtp.example.com:587", "127.0.0.1:9");
  const file = join(directory, "alertmanager.yml");
  writeFileSync(file, config);
  const port = await freePort();
  const alertmanager = spawn(
    "prometheus-alertmanager",
    [
      `--config.file=${file}`,
      `--storage.path=${join(directory, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    { stdio: "ignore" },
  );
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/-/ready`)).ok);
  return {
    url,
    port,
    async stop() {
      if (alertmanager.exitCode === null) {
        alertmanager.kill();
        await once(alertmanager, "exit");
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
