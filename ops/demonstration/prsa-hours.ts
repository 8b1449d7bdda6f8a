/** The Beijing Multi-Site Air-Quality data (CC BY 4.0) as it came: hour by hour, all sites together. Reads the CSV files of a folder; keeps what is asked for. */
import { createReadStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse";

export const FEATURES = ["PM10", "SO2", "NO2", "CO", "O3", "TEMP", "PRES", "DEWP", "RAIN", "WSPM", "month", "hour"] as const;
export const LABEL = "PM2.5";

export interface Reading {
  /** In FEATURES' order, as /predict takes them. */
  instance: (number | null)[];
  /** PM2.5 in µg/m³, which is known later. */
  truth: number;
}

export interface Hour {
  /** Of the place's own clock, written as UTC. */
  at: Date;
  readings: Reading[];
}

/** Hours from `from` until before `to` with at least one reading whose PM2.5 was measured, in order. */
export async function readHours(folder: string, from: Date, to: Date): Promise<Hour[]> {
  const hours = new Map<number, Reading[]>();
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith(".csv"))
    .toSorted()) {
    const rows = createReadStream(join(folder, name)).pipe(parse({ columns: true }));
    for await (const row of rows as AsyncIterable<Record<string, string>>) {
      const atMs = Date.UTC(Number(row["year"]), Number(row["month"]) - 1, Number(row["day"]), Number(row["hour"]));
      if (atMs < from.getTime() || atMs >= to.getTime() || row[LABEL] === "NA") continue;
      const instance = FEATURES.map((feature) => (row[feature] === "NA" ? null : Number(row[feature])));
      const readings = hours.get(atMs) ?? [];
      readings.push({ instance, truth: Number(row[LABEL]) });
      hours.set(atMs, readings);
    }
  }
  return [...hours].toSorted(([one], [other]) => one - other).map(([atMs, readings]) => ({ at: new Date(atMs), readings }));
}

/** Lines of a CSV with the header `time,…features,PM2.5`: what a data platform would hold of these hours. */
export const csvLines = (hours: readonly Hour[]): string =>
  hours
    .flatMap(({ at, readings }) =>
      readings.map(({ instance, truth }) => [at.toISOString(), ...instance.map((value) => value ?? ""), truth].join(",")),
    )
    .map((line) => `${line}\n`)
    .join("");

export const CSV_HEADER = `time,${FEATURES.join(",")},${LABEL}\n`;
