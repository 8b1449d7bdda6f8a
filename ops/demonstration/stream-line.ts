/** Plays hours of readings against the real edge: each is predicted, its truth comes back with the receipt, and then stands in the data file. */
import { appendFileSync } from "node:fs";
import { csvLines, type Hour } from "./prsa-hours.ts";

/** What was sent and what came back, kept here as the oracle of what the control plane says. */
export interface Ledger {
  rows: number;
  squaredErrorSum: number;
  versions: Map<string, { rows: number; squaredErrorSum: number }>;
}

export const emptyLedger = (): Ledger => ({ rows: 0, squaredErrorSum: 0, versions: new Map() });

export const rmseOf = ({ rows, squaredErrorSum }: { rows: number; squaredErrorSum: number }): number =>
  Math.sqrt(squaredErrorSum / rows);

export interface StreamTarget {
  edgeUrl: string;
  model: string;
  /** The file that the line is retrained from: it grows with the truth. */
  dataFile: string;
}

export async function streamHour({ edgeUrl, model, dataFile }: StreamTarget, hour: Hour, ledger: Ledger): Promise<void> {
  const instances = hour.readings.map(({ instance }) => instance);
  const predicted = await post<{ version: string; predictions: number[]; prediction_ids: string[] }>(`${edgeUrl}/predict`, {
    model,
    instances,
  });
  const truths = hour.readings.map(({ truth }, at) => ({ prediction_id: predicted.prediction_ids[at], actual: truth }));
  const told = await post<{ received: number; counted: number }>(`${edgeUrl}/feedback`, truths);
  if (told.counted !== truths.length) throw new Error(`of ${truths.length} truths ${told.counted} counted`);
  appendFileSync(dataFile, csvLines([hour]));
  const ofVersion = ledger.versions.get(predicted.version) ?? { rows: 0, squaredErrorSum: 0 };
  for (const [at, { truth }] of hour.readings.entries()) {
    const squared = ((predicted.predictions[at] as number) - truth) ** 2;
    for (const sums of [ledger, ofVersion]) {
      sums.rows++;
      sums.squaredErrorSum += squared;
    }
  }
  ledger.versions.set(predicted.version, ofVersion);
}

async function post<Answer>(url: string, body: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
