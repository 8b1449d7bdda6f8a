/**
 * `npm run demonstrate:retraining -- DATA`: starts a whole system in a directory of its own, shows retraining on the data set in the folder DATA
 * (demonstrate.ts), and ends all of it. DATA holds the CSV files of the Beijing Multi-Site Air-Quality data set (examples/pm25/README.md).
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../bench/free-port.ts";
import { startGroup } from "../start/process-group.ts";
import { demonstrate } from "./demonstrate.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const END_GRACE_MS = 10_000;

const [prsaDirectory] = process.argv.slice(2);
if (prsaDirectory === undefined) {
  process.stderr.write("usage: npm run demonstrate:retraining -- FOLDER_WITH_THE_CSV_FILES\n");
  process.exitCode = 2;
} else await show(prsaDirectory);

async function show(folder: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "edgewise-demonstration-"));
  const [edgePort = 0, port = 0] = await freePorts(2);
  const system = startGroup({
    command: process.execPath,
    parameters: [join(REPOSITORY, "ops/start/start.ts")],
    environment: {
      ...process.env,
      EDGEWISE_DIRECTORY: directory,
      EDGE_PORT: String(edgePort),
      PORT: String(port),
      RETRAIN_TRIGGER_SECONDS: "5",
    },
    workingDirectory: REPOSITORY,
  });
  try {
    await isUp(system);
    const shown = await demonstrate({
      edgeUrl: `http://127.0.0.1:${edgePort}`,
      controlPlaneUrl: `http://127.0.0.1:${port}`,
      adminToken: readFileSync(join(directory, "admin-token"), "utf8").trim(),
      dataDirectory: join(directory, "data"),
      prsaDirectory: folder,
      from: new Date("2016-01-01T00:00:00Z"),
      to: new Date("2016-04-01T00:00:00Z"),
      hoursAfter: 24 * 60,
      feedbackMin: 1500,
      rounds: 200,
      syncEveryHours: 48,
      report: (line) => process.stdout.write(`${line}\n`),
    });
    process.stdout.write(`\n${shown.why.join("\n")}\n\nruns of the line in all: ${shown.runs}\n`);
  } finally {
    await system.end(END_GRACE_MS);
    rmSync(directory, { recursive: true, force: true });
  }
}

function isUp(system: ReturnType<typeof startGroup>): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    for (const stream of [system.stdout, system.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes("Edgewise is running")) resolve();
      });
    }
    void system.ended.then((how) => reject(new Error(`the system ${how}:\n${output}`)));
  });
}
