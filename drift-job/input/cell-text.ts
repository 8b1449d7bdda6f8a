/** What the text of one cell says: a number, nothing, or neither. The same for CSV cells and for numbers that JSON holds as text. */
import { fail, succeed, type Result } from "../../contract/result.ts";

/** As pandas reads them, but for words that are as likely a category (None, null are not numbers either way). */
const MISSING = new Set(["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A"]);

export const isMissingCell = (cell: string): boolean => MISSING.has(cell.trim());

/** A double; NaN for a missing value. Fails with what is wrong with it. */
export function cellNumber(cell: string): Result<number, string> {
  const text = cell.trim();
  if (MISSING.has(text)) return succeed(Number.NaN);
  // Number() also reads 0x10 and Infinity, which no data file means.
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text))
    return fail(
      /^[+-]?inf(inity)?$/i.test(text) ? "is infinite, and distributions of finite values are compared" : "is not a number",
    );
  const number = Number(text);
  return Number.isFinite(number) ? succeed(number) : fail("is larger than a double can hold");
}
