#!/usr/bin/env node
/** The `edgewise` command's entry: it turns on Node's cache of compiled modules before it loads any, which halves what the command takes to start. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Beside the packages it caches and not in the machine's temporary directory, where another user could have put code of theirs.
enableCompileCache(join(import.meta.dirname, "../../node_modules/.cache/node"));
await import("./main.ts");
