/** A row of data on its way to a trainer: texts by column, as they stand in the file. Missing is the empty text. Pure. */

export type Row = Record<string, string>;

/** What a data file may write for a value that is not there. */
const MISSING: ReadonlySet<string> = new Set(["", "NA", "NaN", "nan", "null", "NULL"]);

export const isMissing = (text: string | undefined): boolean => text === undefined || MISSING.has(text);

/** The number that a text writes; undefined for any other text, infinities included. */
export function numberOf(text: string): number | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
