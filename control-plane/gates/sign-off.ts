/** The gate "sign-off": somebody who did not register the version approved this very evidence. Pure; who may sign off at all is the API's to hold. */
import { z } from "@hono/zod-openapi";
import { sha256Hex } from "../../contract/names.ts";
import { inconclusive, failed, pass, type Finding } from "./verdict.ts";

const actor = z.strictObject({ tokenId: z.string(), name: z.string() });

export const signOffFacts = z.strictObject({
  registeredBy: actor,
  /** The newest sign-off of the version, whatever evidence it was given for. */
  newest: z.strictObject({ by: actor, at: z.iso.datetime(), evidenceSha256: sha256Hex }).nullable(),
});

export type SignOffFacts = z.infer<typeof signOffFacts>;

export function judgeSignOff({ registeredBy, newest }: SignOffFacts, evidenceSha256: string): Finding {
  if (newest === null) return inconclusive("sign_off_absent", "nobody has signed it off");
  const { by, at } = newest;
  if (isSamePerson(by, registeredBy)) {
    return failed("signed_off_by_registrant", `${by.name} registered it and may not sign it off too`);
  }
  if (newest.evidenceSha256 !== evidenceSha256) {
    return inconclusive(
      "sign_off_withdrawn",
      `the evidence has changed since ${by.name} signed it off at ${at}: it must be signed off again`,
    );
  }
  return pass("signed_off", `by ${by.name} at ${at}`);
}

/** Two tokens of one name are taken for one person: a second token must not be a way around this. */
export const isSamePerson = (one: z.infer<typeof actor>, other: z.infer<typeof actor>): boolean =>
  one.tokenId === other.tokenId || one.name === other.name;
