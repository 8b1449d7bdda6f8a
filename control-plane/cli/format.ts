/** Numbers, times and sizes as a person reads them. Pure. */

export const formatBytes = (bytes: number): string => {
  if (bytes < 1024) return `${bytes} B`;
  const kibibytes = bytes / 1024;
  return kibibytes < 1024 ? `${kibibytes.toFixed(1)} KiB` : `${(kibibytes / 1024).toFixed(1)} MiB`;
};

/** An ISO time to the second, in UTC, e.g. `2026-11-23 10:00:00Z`. */
export const formatTime = (iso: string | null): string =>
  iso === null
    ? "-"
    : new Date(iso)
        .toISOString()
        .replace("T", " ")
        .replace(/\.\d+Z$/, "Z");

/** Milliseconds with a precision that fits their size: `0.8 ms`, `12 ms`, `1.4 s`. */
export const formatMs = (milliseconds: number | null): string => {
  if (milliseconds === null) return "-";
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
};

export const formatRecord = (record: Readonly<Record<string, string | number>>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ") || "-";

/** A duration as it is written on a command line: `90s`, `10m`, `2h`. */
export const formatSpan = (milliseconds: number): string => {
  const seconds = milliseconds / 1000;
  if (seconds >= 7200 && seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds >= 120 && seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
};

export const formatSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
