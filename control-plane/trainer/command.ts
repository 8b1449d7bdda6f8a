/** The built-in trainer as a command: `node control-plane/trainer/command.ts DIRECTORY` (docs/trainers.md). Progress as JSON lines, everything else as log. */
import type { TrainingProgress } from "../../contract/training-job.ts";
import { trainingSentence } from "./failure.ts";
import { trainJob } from "./train-job.ts";

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

const [directory, ...more] = process.argv.slice(2);
if (directory === undefined || more.length > 0) {
  process.stderr.write("usage: node control-plane/trainer/command.ts DIRECTORY\n");
  process.exitCode = EXIT_USAGE;
} else {
  const trained = await trainJob(directory, {
    monotonicMs: () => performance.now(),
    onTables: (fitRows, validationRows) => print(`${fitRows} rows to fit, ${validationRows} to validate on`),
    onRound: ({ round, of, score, validationScore }) => {
      const progress: TrainingProgress = {
        progress: { done: round, of },
        note: `round ${round}: validation ${score} ${validationScore.toPrecision(6)}`,
      };
      print(JSON.stringify(progress));
    },
  });
  if (trained.ok)
    print(
      Object.entries(trained.value.metrics)
        .map(([name, value]) => `${name} ${value}`)
        .join(", "),
    );
  else {
    process.stderr.write(`error: ${trainingSentence(trained.failure)}\n`);
    process.exitCode = EXIT_FAILURE;
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
