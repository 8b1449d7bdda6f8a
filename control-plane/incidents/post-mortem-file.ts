/** Writes a post-mortem where people keep them: whole or not at all, and never over a file that is there. */
import { link, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { IncidentFailure } from "../failure.ts";

const NAMES_TRIED_MAX = 100;

/** Answers the path; when `name` is taken, `…-2.md` and so on. `unique` keeps two writers' temporary files apart. */
export async function writePostMortem(
  directory: string,
  name: string,
  text: string,
  unique: string,
): Promise<Result<string, IncidentFailure>> {
  const temporary = join(directory, `.${name}.${unique}.part`);
  try {
    await mkdir(directory, { recursive: true });
    const file = await open(temporary, "wx", 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    const path = await linkFree(temporary, directory, name);
    return path === undefined ? fail({ reason: "post_mortem_unwritable", directory, detail: "names_taken" }) : succeed(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return fail({ reason: "post_mortem_unwritable", directory, detail: code });
  } finally {
    // Where the directory is none, there is nothing to remove either.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** A link, unlike a rename, fails when the name is taken. */
async function linkFree(temporary: string, directory: string, name: string): Promise<string | undefined> {
  for (let number = 1; number <= NAMES_TRIED_MAX; number++) {
    const path = join(directory, number === 1 ? name : name.replace(/\.md$/, `-${number}.md`));
    try {
      await link(temporary, path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  return undefined;
}
