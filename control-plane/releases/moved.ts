/** What a stage move did, as its transaction knows it: before anyone has published anything. Type only. */
import type { Release } from "../../contract/release.ts";
import type { Act, Stage } from "../api/schemas.ts";
import type { VersionRow } from "../registry/versions.ts";

export interface Moved {
  row: VersionRow;
  act: Act;
  from: Stage;
  to: Stage;
  at: Date;
  /** Number of the production version that was archived. */
  replaced: number | null;
  release: Release | null;
  /** The outbox row to wait for; null when the move changes nothing at the edge. */
  outboxId: number | null;
}
