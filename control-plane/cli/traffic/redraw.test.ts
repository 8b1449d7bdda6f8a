import { expect, it } from "vitest";
import { cut, redraw } from "./redraw.ts";

it("moves up by as many lines as it drew before", () => {
  const written: string[] = [];
  const screen = redraw(
    (text) => written.push(text),
    () => 80,
  );
  screen.draw(["a", "b"]);
  screen.draw(["c"]);
  expect(written[0]).not.toContain("\u001B[0A");
  expect(written[1]?.startsWith("\u001B[2A")).toBe(true);
});

it("cuts by what is seen and keeps the code that ends a colour", () => {
  expect(cut("\u001B[31mabcdef\u001B[39m", 3)).toBe("\u001B[31mabc\u001B[39m");
  expect(cut("abc", 3)).toBe("abc");
});
