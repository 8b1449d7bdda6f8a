/** Every way in which a step of a run fails, with its evidence, and the sentence that the run's record keeps. Pure and exhaustive. */
import type { ConfinedFailure } from "./confined/confinement.ts";
import { dataFailureSentence, type DataFailure } from "./data/data-failure.ts";

export type StepFailure =
  | DataFailure
  | { reason: "command_failed"; what: CommandName; failure: ConfinedFailure }
  /** The server's policy is another now than when the configuration was set. */
  | { reason: "not_allowed"; detail: string }
  | { reason: "source_outside"; pattern: string; directories: string[] }
  | { reason: "source_empty"; looked: string[] }
  | { reason: "source_too_large"; bytes: number; bytesMax: number }
  | { reason: "source_unreadable"; name: string; detail: string }
  /** What an earlier step left is not what it recorded. */
  | { reason: "input_changed"; file: string; expected: string; got: string | null }
  | { reason: "metrics_absent" }
  | { reason: "metrics_invalid"; detail: string }
  | { reason: "model_absent"; artifact: string }
  | { reason: "model_too_large"; bytes: number; bytesMax: number }
  | { reason: "model_refused"; sentence: string }
  | { reason: "model_input_differs"; detail: string }
  | { reason: "scoring_failed"; detail: string }
  | { reason: "metric_not_measured"; metric: string; of: string }
  | { reason: "registration_failed"; sentence: string }
  | { reason: "resumed_too_often"; resumes: number }
  /** A fault of the control plane or its machine, such as a full disk. */
  | { reason: "unexpected"; detail: string };

export type CommandName = "source" | "preprocess" | "preprocessing" | "trainer";

const MIB = 1024 ** 2;
const mib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;

export function stepFailureSentence(failure: StepFailure): string {
  switch (failure.reason) {
    case "command_failed":
      return `the ${failure.what} command ${confinedSentence(failure.failure)}`;
    case "not_allowed":
      return failure.detail;
    case "source_outside":
      return `${failure.pattern} is not below ${failure.directories.join(" or ")}`;
    case "source_empty":
      return `the source has no data file: looked for ${failure.looked.join(", ")}`;
    case "source_too_large":
      return `the source has ${mib(failure.bytes)}, and the run's disk limit is ${mib(failure.bytesMax)}`;
    case "source_unreadable":
      return `${failure.name} cannot be fetched: ${failure.detail}`;
    case "input_changed":
      return `${failure.file} is ${failure.got === null ? "gone" : `another file (${failure.got.slice(0, 12)})`} since it was recorded as ${failure.expected.slice(0, 12)}`;
    case "metrics_absent":
      return "the trainer left no metrics.json";
    case "metrics_invalid":
      return `the trainer's metrics.json is not as it must be: ${failure.detail}`;
    case "model_absent":
      return `the trainer left no ${failure.artifact}, which its metrics.json names`;
    case "model_too_large":
      return `the trainer's model has ${failure.bytes} bytes, and the limit is ${failure.bytesMax}`;
    case "model_refused":
      return `the trainer's model is refused: ${failure.sentence}`;
    case "model_input_differs":
      return `the trainer's model does not take the configured features: ${failure.detail}`;
    case "scoring_failed":
      return `the validation rows could not be scored: ${failure.detail}`;
    case "metric_not_measured":
      return `the ${failure.metric} of ${failure.of} is not a finite number`;
    case "registration_failed":
      return `the version could not be registered: ${failure.sentence}`;
    case "resumed_too_often":
      return `the control plane ended ${failure.resumes} times during this run`;
    case "unexpected":
      return `the run failed unexpectedly: ${failure.detail}`;
    case "no_data_files":
    case "data_file_unreadable":
    case "time_invalid":
    case "value_not_numeric":
    case "label_missing":
    case "label_not_binary":
    case "part_without_rows":
      return dataFailureSentence(failure);
  }
}

function confinedSentence(failure: ConfinedFailure): string {
  switch (failure.reason) {
    case "could_not_start":
      return `could not be started: ${failure.detail}`;
    case "exited":
      return `ended with exit code ${failure.code}`;
    case "ended_by_signal":
      return `was ended by ${failure.signal}`;
    case "timed_out":
      return `was ended after its time limit of ${failure.afterMs / 1000} s`;
    case "memory_exceeded":
      return `was ended at ${mib(failure.bytes)} of memory (limit ${mib(failure.bytesMax)})`;
    case "disk_exceeded":
      return `was ended at ${mib(failure.bytes)} on the disk (limit ${mib(failure.bytesMax)})`;
    case "supervisor_ended":
      return `was ended, for the process that watches it did: ${failure.detail}`;
    case "cancelled":
      return "was cancelled";
  }
}
