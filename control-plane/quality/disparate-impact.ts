/**
 * Live disparate impact: each group's rate of favourable predictions over the privileged group's (the four-fifths rule, 29 CFR 1607.4 D), from
 * receipts issued and so without waiting for any truth. Pure.
 */
import type { ManifestGroups } from "../../contract/manifest.ts";

/** Of either group, before a ratio of their rates says anything. */
export const GROUP_RECEIPTS_MIN = 100;

export interface GroupCounts {
  group: string;
  issued: number;
  favourable: number;
}

/** By group; groups that are too small, and all where the privileged group is or is never favoured, are left out. */
export function disparateImpact({ names, privileged }: ManifestGroups, counts: readonly GroupCounts[]): Map<string, number> {
  const ratios = new Map<string, number>();
  const base = counts.find(({ group }) => group === privileged);
  if (!base || !(base.issued >= GROUP_RECEIPTS_MIN) || !(base.favourable > 0)) return ratios;
  for (const { group, issued, favourable } of counts) {
    if (group === privileged || !names.includes(group) || !(issued >= GROUP_RECEIPTS_MIN)) continue;
    // Of products, so that 40 of 100 over 50 of 100 is 0.8 and not a number beside it.
    ratios.set(group, (favourable * base.issued) / (issued * base.favourable));
  }
  return ratios;
}
