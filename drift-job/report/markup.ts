/** Text into HTML safely: every value of a page goes through here. Numbers in a few readable characters. */

/** Markup that is safe to put into a page as it stands: what `html` made, or text of our own that holds no value. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | number | Markup | readonly Markup[] | undefined;

/** A template whose values are escaped, but for markup. */
export function html(strings: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  return new Markup(strings.map((text, at) => text + (at < values.length ? pieceText(values[at]) : "")).join(""));
}

const pieceText = (piece: Piece): string => {
  if (piece === undefined) return "";
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === "object") return piece.map(({ text }) => text).join("");
  return escapeText(String(piece));
};

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escapeText = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);

/** 9,707,201. */
export const wholeNumber = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 0 });

/** Three significant digits, never more than a cell can hold: 0.163, 1.02e-37, 12,300. */
export function shortNumber(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) return value.toExponential(1).replace("e+", "e");
  if (size >= 1000) return wholeNumber(value);
  return String(Number(value.toPrecision(3)));
}

export const percent = (share: number): string =>
  `${share > 0 && share < 0.001 ? "<0.1" : String(Number((100 * share).toFixed(1)))} %`;

/** A p-value: doubles below the smallest come out as 0, which no p-value is. */
export const pValueText = (pValue: number): string => (pValue === 0 ? "<1e-300" : shortNumber(pValue));
