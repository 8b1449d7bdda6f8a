/** `npm run tree-walk:generate`: writes contract/tree-ensemble/tree-walk.wasm, which is committed because a Worker compiles nothing while it runs. */
import { writeFileSync } from "node:fs";
import { compileTreeWalk } from "./compile-tree-walk.ts";

writeFileSync(new URL("../../contract/tree-ensemble/tree-walk.wasm", import.meta.url), await compileTreeWalk());
