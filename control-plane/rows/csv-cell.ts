/** One cell of a CSV file as a value: what is missing, what is a number, what is neither. Pure; no files. */
import type { Datatype } from "../../contract/datatype.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";

const BOOLEAN_CELLS = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** Whether a cell stands for a missing value. */
export const isMissingCell = (cell: string): boolean => isMissingText(cell.trim());

/** A cell in /predict's form, or what is wrong with it. */
export function cellValue(cell: string, datatype: Datatype | undefined): Result<unknown, string> {
  const text = cell.trim();
  if (isMissingText(text)) return succeed(null);
  if (datatype === "BYTES") return succeed(cell);
  if (datatype === "BOOL") {
    const value = BOOLEAN_CELLS.get(text.toLowerCase());
    return value === undefined ? fail(`${JSON.stringify(text)} is neither true nor false`) : succeed(value);
  }
  if (/^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text))) return succeed(BigInt(text));
  // Number() also reads 0x10 and Infinity, which no spreadsheet means.
  const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(number)) return succeed(number);
  return datatype === undefined ? succeed(cell) : fail(`${JSON.stringify(text.slice(0, 40))} is not a number`);
}

const isMissingText = (text: string): boolean => text === "" || text === "NA";
