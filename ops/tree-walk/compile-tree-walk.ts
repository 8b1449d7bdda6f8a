/** The WebAssembly text of tree-walk-wat.ts as bytes. wabt checks it on the way: a text that is no valid module throws. */
import wabt from "wabt";
import { TREE_WALK_MEMORY_PAGES_MAX } from "../../contract/limits.ts";
import { treeWalkWat } from "./tree-walk-wat.ts";

export async function compileTreeWalk(): Promise<Uint8Array> {
  const module = (await wabt()).parseWat("tree-walk.wat", treeWalkWat(TREE_WALK_MEMORY_PAGES_MAX));
  try {
    module.validate();
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}
