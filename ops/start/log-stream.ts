/** The output of the parts as lines with a coloured prefix. Only known noise is left out; what looks like an error always stays. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { stripVTControlCharacters } from "node:util";

export interface LogLabel {
  /** Coloured and padded by the caller. */
  prefix: string;
  isNoise: (line: string) => boolean;
}

/** Copies each line of `stream` that is no noise to `write`, with its prefix. */
export function streamLines(stream: Readable, { prefix, isNoise }: LogLabel, write: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
    if (!isNoise(line)) write(`${prefix} ${line}`);
  });
}

const WRANGLER_NOISE = [
  /^$/,
  /^─+$/,
  /⛅️ wrangler/,
  /^Using secrets defined in /,
  /^Your Worker has access to the following bindings/,
  /^Binding\s+Resource\s+Mode$/,
  /^env\.\S+ \(.*\)\s+.*\slocal$/,
  /^⎔ /,
  /^\[wrangler:info\] Ready on /,
  // One line a request; the edge's own log has what matters of it. A status of 400 and up stays.
  /^\[wrangler:info\] [A-Z]+ \S+ [123]\d\d /,
];

/** wrangler's banner, its list of bindings and its line for each request that went well. */
export function isWranglerNoise(line: string): boolean {
  const text = stripVTControlCharacters(line).trim();
  return WRANGLER_NOISE.some((pattern) => pattern.test(text));
}
