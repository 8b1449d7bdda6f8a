/** Shares and counts on a command line. Each throws commander's InvalidArgumentError. Pure. */
import { InvalidArgumentError } from "commander";

/** `2%` or `0.02` → 0.02. */
export function parseShare(text: string): number {
  const [, number, sign] = /^(\d+(?:\.\d+)?)(%)?$/.exec(text) ?? [];
  const share = Number(number) / (sign === undefined ? 1 : 100);
  if (!(share >= 0 && share <= 1)) throw new InvalidArgumentError("a share is 0 to 1, or 0% to 100%");
  return share;
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (text.trim() === "" || !(Number.isSafeInteger(count) && count >= 0))
    throw new InvalidArgumentError("expected a whole number");
  return count;
}
