/** `npm start`: the edge's local runtime and the control plane as one, from the first process to the last. */
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import { bringUp, type Part } from "./bring-up.ts";
import { directoryHolder, lockDirectory } from "./directory-lock.ts";
import { edgeBindings } from "./edge-bindings.ts";
import { isWranglerNoise, streamLines } from "./log-stream.ts";
import { HOST } from "./parts.ts";
import { checkPort, describePortProblem } from "./ports.ts";
import { startGroup, type GroupCommand, type ProcessGroup } from "./process-group.ts";
import { prepareSecrets } from "./secrets.ts";
import { readSettings, type StartSettings } from "./settings.ts";

/** The control plane ends what it is publishing, in 15 s at most; wrangler ends its workerd. */
const GRACE_MS = 20_000;
/** npm passes on the Ctrl-C that the terminal has sent already: only a later one is a second one. */
const SECOND_SIGNAL_MS_MIN = 500;
const COLOURS = { edge: "cyan", "control plane": "magenta" } as const;
const PREFIX_CHARACTERS = Math.max(...Object.keys(COLOURS).map((part) => part.length));

const repositoryDirectory = join(dirname(fileURLToPath(import.meta.url)), "../..");
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const groups: [Part, ProcessGroup][] = [];

// Whoever reads the output may be gone, a closed terminal for one; the parts must still be ended in order.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);
// The last resort, for a fault in this script itself.
process.on("exit", () => groups.forEach(([, group]) => group.kill()));

const interruption = catchSignals();
process.exitCode = await run();

async function run(): Promise<number> {
  const settings = readSettings(process.env, repositoryDirectory);
  if (!settings.ok) return refuse(settings.failure);
  const { edgePort, controlPlanePort, stateDirectory } = settings.value;
  const portProblem = await firstPortProblem(settings.value);
  if (portProblem !== undefined) return refuse(portProblem);
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(stateDirectory);
  if (!lock.ok)
    return refuse(
      `${stateDirectory} is in use by process ${lock.failure.processId}. End it, or choose another: EDGEWISE_DIRECTORY=<folder> npm start`,
    );
  try {
    const plan = {
      repositoryDirectory,
      stateDirectory,
      edgePort,
      controlPlanePort,
      secrets: prepareSecrets(stateDirectory),
      bindings: edgeBindings(readFileSync(join(repositoryDirectory, "wrangler.toml"), "utf8")),
      environment: process.env,
    };
    const up = await bringUp({ plan, start, report: print, interruption });
    if (interruption.aborted) return 0;
    if (!up.ok) return refuse(up.failure ?? "the start was interrupted");
    return await runUntilEnd();
  } finally {
    await endAll();
    lock.value.release();
  }
}

/** 0 when somebody ended it, 1 when a part ended by itself. */
async function runUntilEnd(): Promise<number> {
  const interrupted = new Promise<undefined>((resolve) => interruption.addEventListener("abort", () => resolve(undefined)));
  const ends = groups.map(([part, { ended }]) => ended.then((how) => `the ${part} ${how}; ending the rest`));
  const sentence = await Promise.race([interrupted, ...ends]);
  return sentence === undefined || interruption.aborted ? 0 : refuse(sentence);
}

function start(part: Part, command: GroupCommand): ProcessGroup {
  const group = startGroup(command);
  groups.push([part, group]);
  const prefix = styleText(COLOURS[part], `${part.padEnd(PREFIX_CHARACTERS)} |`);
  const isNoise = part === "edge" ? isWranglerNoise : () => false;
  for (const stream of [group.stdout, group.stderr]) streamLines(stream, { prefix, isNoise }, print);
  return group;
}

/** The control plane first: what it is publishing goes to the edge's runtime. */
async function endAll(): Promise<void> {
  if (interruption.aborted && groups.length > 0) print("\nending …");
  for (const [, group] of groups.toReversed()) await group.end(GRACE_MS);
}

async function firstPortProblem({ edgePort, controlPlanePort, stateDirectory }: StartSettings): Promise<string | undefined> {
  for (const [port, part, variable] of [
    [edgePort, "edge", "EDGE_PORT"],
    [controlPlanePort, "control plane", "PORT"],
  ] as const) {
    const checked = await checkPort(port, HOST);
    if (checked.ok) continue;
    const running = directoryHolder(stateDirectory);
    const hint =
      running === undefined
        ? ""
        : `\n       Edgewise runs already, as process ${running}: Ctrl-C in its terminal, or kill ${running}`;
    return describePortProblem(checked.failure, part, variable) + hint;
  }
  return undefined;
}

function catchSignals(): AbortSignal {
  const controller = new AbortController();
  let firstMs: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      firstMs ??= performance.now();
      controller.abort();
      if (performance.now() - firstMs < SECOND_SIGNAL_MS_MIN) return;
      print("ending at once");
      groups.forEach(([, group]) => group.kill());
    });
  }
  return controller.signal;
}

function refuse(sentence: string): number {
  process.stderr.write(`${styleText("red", "error:", { stream: process.stderr })} ${sentence}\n`);
  return 1;
}
