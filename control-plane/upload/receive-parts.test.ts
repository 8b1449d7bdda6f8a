import { pbkdf2 } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { receiveParts } from "./receive-parts.ts";

it("has done with its file when it refuses: none appears after the caller has cleaned up", async () => {
  const directory = await mkdtemp(join(tmpdir(), "edgewise-upload-"));
  const path = join(directory, "artifact");
  const body = '--b\r\ncontent-disposition: form-data; name="artifact"; filename="a"\r\n\r\nmore than four bytes\r\n--b--\r\n';
  // Every thread that opens files is busy, so that the refusal overtakes the opening.
  const busy = Array.from({ length: 8 }, () => promisify(pbkdf2)("p", "salt", 100_000, 32, "sha256"));
  const received = await receiveParts({ contentType: "multipart/form-data; boundary=b", body: new Blob([body]).stream() }, path, {
    file: "artifact",
    what: "a version",
    bytesMax: 4,
  });
  expect(received).toEqual({ ok: false, failure: { reason: "upload_too_large", part: "artifact", bytesMax: 4 } });
  // Opened by now, not yet to be opened: else it would appear when the caller has cleaned up.
  expect(existsSync(path)).toBe(true);
  await Promise.all(busy);
  await rm(directory, { recursive: true });
});
