/** What a command writes to: standard output and error, whether a person watches, and colour where the terminal has it. */
import { styleText } from "node:util";

export type Style = "bold" | "dim" | "green" | "yellow" | "red" | "cyan";

export interface Terminal {
  /** One line, or several, to standard output. */
  print: (text: string) => void;
  /** One line, or several, to standard error: progress, warnings, failures. */
  printError: (text: string) => void;
  paint: (style: Style, text: string) => string;
  paintError: (style: Style, text: string) => string;
  /** Standard output is a terminal: tables may be coloured, views may redraw. */
  isInteractive: boolean;
  /** Standard error is a terminal: progress bars go there, so that piped output stays clean. */
  showsProgress: boolean;
}

/** The process's own terminal. Colour follows NO_COLOR, FORCE_COLOR and what each stream is. */
export function processTerminal(): Terminal {
  return {
    print: (text) => void process.stdout.write(`${text}\n`),
    printError: (text) => void process.stderr.write(`${text}\n`),
    paint: (style, text) => styleText(style, text, { stream: process.stdout }),
    paintError: (style, text) => styleText(style, text, { stream: process.stderr }),
    isInteractive: process.stdout.isTTY,
    showsProgress: process.stderr.isTTY,
  };
}
