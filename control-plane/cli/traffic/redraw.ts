/** Redraws a block of lines in place on a terminal. */

export interface Redraw {
  draw(lines: readonly string[]): void;
}

/** Lines longer than `columns()` are cut, because one that wraps would take two rows and leave the next drawing one too low. */
export function redraw(write: (text: string) => void, columns: () => number): Redraw {
  let rowsDrawn = 0;
  return {
    draw(lines) {
      const moveUp = rowsDrawn === 0 ? "" : `\u001B[${rowsDrawn}A`;
      write(`${moveUp}\r\u001B[J${lines.map((line) => cut(line, columns())).join("\n")}\n`);
      rowsDrawn = lines.length;
    },
  };
}

/** The first `width` visible characters; colour codes are kept whole, so a cut line still ends its colour. */
export function cut(line: string, width: number): string {
  let visible = 0;
  return line
    .split(COLOUR_CODE)
    .map((part) => {
      if (part.startsWith(ESCAPE)) return part;
      const kept = part.slice(0, Math.max(0, width - visible));
      visible += part.length;
      return kept;
    })
    .join("");
}

const ESCAPE = "\u001B";
/** In brackets, so that split keeps the codes. */
const COLOUR_CODE = new RegExp(`(${ESCAPE}\\[[0-9;]*m)`);
