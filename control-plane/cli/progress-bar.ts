/** A progress bar on standard error, or nothing at all where no terminal shows it. */
import { Presets, SingleBar } from "cli-progress";
import { formatBytes } from "./format.ts";
import type { Terminal } from "./terminal.ts";

export interface ProgressBar {
  update(done: number): void;
  stop(): void;
}

type Note = () => string;

/** A bar by bytes; `note` is asked for a few words to stand at its end each time it is drawn. */
export const byteProgressBar = (terminal: Terminal, totalBytes: number, note: Note = () => ""): ProgressBar =>
  progressBar(terminal, totalBytes, formatBytes, note);

/** A bar by things that are counted, e.g. trees. */
export const countProgressBar = (terminal: Terminal, total: number, things: string, note: Note = () => ""): ProgressBar =>
  progressBar(terminal, total, (count) => `${count} ${things}`, note);

function progressBar(terminal: Terminal, total: number, shown: (amount: number) => string, note: Note): ProgressBar {
  if (!terminal.showsProgress) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      format: `{bar} {percentage} %  {done} of ${shown(total)}  {eta} s left  {note}`,
      etaBuffer: 50,
      hideCursor: true,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { done: shown(0), note: note() });
  return {
    update: (done) => bar.update(done, { done: shown(done), note: note() }),
    stop: () => bar.stop(),
  };
}

/** A bar by steps of a trainer, whatever they are; its note is what the trainer last said. */
export function stepProgressBar(terminal: Terminal, total: number): { update(done: number, note: string): void; stop(): void } {
  if (!terminal.showsProgress) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    { format: "{bar} {percentage} %  {value} of {total}  {note}", hideCursor: true, stream: process.stderr },
    Presets.shades_classic,
  );
  bar.start(total, 0, { note: "" });
  return { update: (done, note) => bar.update(done, { note }), stop: () => bar.stop() };
}
