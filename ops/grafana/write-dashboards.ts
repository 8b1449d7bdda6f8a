/** `npm run dashboards:generate`: writes ops/grafana/generated anew. A test holds that it is up to date. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dashboardFiles } from "./dashboards/all-dashboards.ts";

const directory = join(import.meta.dirname, "generated");
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory);
for (const [name, content] of dashboardFiles()) writeFileSync(join(directory, name), content);
