/** A progress bar on standard error, or nothing at all where no terminal shows it. */
import { Presets, SingleBar } from "cli-progress";
import { formatBytes } from "./format.ts";
import type { Terminal } from "./terminal.ts";

export interface ProgressBar {
  update(doneBytes: number): void;
  stop(): void;
}

/** A bar by bytes; `note` is asked for a few words to stand at its end each time it is drawn. */
export function byteProgressBar(terminal: Terminal, totalBytes: number, note: () => string = () => ""): ProgressBar {
  if (!terminal.showsProgress) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      format: `{bar} {percentage} %  {done} of ${formatBytes(totalBytes)}  {eta} s left  {note}`,
      etaBuffer: 50,
      hideCursor: true,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  bar.start(totalBytes, 0, { done: formatBytes(0), note: note() });
  return {
    update: (doneBytes) => bar.update(doneBytes, { done: formatBytes(doneBytes), note: note() }),
    stop: () => bar.stop(),
  };
}
