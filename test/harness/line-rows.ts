/** Rows of y = 2x, an hour each from 2026 on, as the retraining tests fetch them. */
import { parquetWriteBuffer } from "hyparquet-writer";

const HOUR_MS = 3_600_000;

const timeOf = (hour: number): Date => new Date(Date.UTC(2026, 0, 1) + hour * HOUR_MS);
const hoursOf = (from: number, hours: number): number[] => Array.from({ length: hours }, (_, at) => from + at);

export function lineCsv(from: number, hours: number): string {
  const lines = hoursOf(from, hours).map((hour) => `${timeOf(hour).toISOString()},${hour % 50},${(hour % 50) * 2}`);
  return ["time,x,y", ...lines].join("\n");
}

export function lineParquet(from: number, hours: number): Buffer {
  const of = hoursOf(from, hours);
  const file = parquetWriteBuffer({
    columnData: [
      { name: "time", data: of.map(timeOf), type: "TIMESTAMP" },
      { name: "x", data: of.map((hour) => hour % 50), type: "DOUBLE" },
      { name: "y", data: of.map((hour) => (hour % 50) * 2), type: "DOUBLE" },
    ],
  });
  return Buffer.from(file);
}
