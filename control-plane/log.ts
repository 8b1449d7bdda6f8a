/** The log: JSON lines for machines, or one readable line each on a terminal. Secrets are the callers' business: nothing here sees headers. */
import { pino, type Logger } from "pino";

export function createLog(
  { level, format }: { level: string; format: "pretty" | "json" },
  output: NodeJS.WritableStream,
): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const destination = format === "json" ? output : { write: (line: string) => void output.write(readable(line)) };
  return pino(options, destination);
}

/** `12:00:01 info  published model=pm25 generation=3` from a line of JSON. */
export function readable(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(
    ([name, value]) => ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return `${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${String(msg)}${pairs.join("")}\n`;
}
