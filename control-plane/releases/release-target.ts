/** What a release and a staged record name of a version: the keys, digests and size of its artifact and manifest. Pure. */
import { artifactKey, manifestKey } from "../../contract/names.ts";
import type { ReleaseTarget } from "../../contract/release.ts";
import type { VersionRow } from "../registry/versions.ts";

export function releaseTargetOf(row: VersionRow): ReleaseTarget {
  return {
    version: `v${row.number}`,
    artifact: { key: artifactKey(row.model, row.artifactSha256), sha256: row.artifactSha256, bytes: row.artifactBytes },
    manifest: { key: manifestKey(row.model, row.manifestSha256), sha256: row.manifestSha256 },
  };
}
