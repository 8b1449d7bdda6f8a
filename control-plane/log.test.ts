import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createLog } from "./log.ts";

function linesOf(format: "pretty" | "json", level: string, write: (log: ReturnType<typeof createLog>) => void): string[] {
  const lines: string[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  write(createLog({ format, level }, output));
  return lines;
}

describe("createLog", () => {
  it("writes JSON lines for machines", () => {
    const [line = ""] = linesOf("json", "info", (log) => log.info({ model: "m" }, "published"));
    expect(JSON.parse(line)).toMatchObject({
      level: "info",
      msg: "published",
      model: "m",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it("writes one readable line each for people", () => {
    const [line = ""] = linesOf("pretty", "info", (log) =>
      log.child({ requestId: "r" }).warn({ generation: 3, note: "n" }, "not yet"),
    );
    expect(line).toMatch(/^\d\d:\d\d:\d\d warn {2}not yet requestId=r generation=3 note=n\n$/);
  });

  it("leaves out what is below its level", () => {
    expect(linesOf("json", "warn", (log) => log.info("quiet"))).toEqual([]);
  });
});
