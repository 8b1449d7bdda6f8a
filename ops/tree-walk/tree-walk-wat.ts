/**
 * The WebAssembly that walks decision trees, as text: the inner loop of inference for tree ensembles (docs/decisions/0027-tree-walk.md). Written by a
 * program because several walks go side by side, each in its own locals: a walk is a chain of loads that wait for each other, and a processor does
 * several such chains in the time of one. What the tables hold is contract/tree-ensemble/pack-ensemble.ts's; this text fixes how they are read.
 */
import { NODE_BYTES, TREE_BYTES, TREES_AT_ONCE } from "../../contract/tree-ensemble/pack-ensemble.ts";
import { ROWS_AT_ONCE } from "../../contract/tree-ensemble/tree-walker.ts";

const each = (count: number, line: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => line(at)).join("\n");

/** Node ← the tree's node at (index of the false child + whether column < threshold). */
const step = (at: number): string => `
  (local.set $node${at} (i32.add (local.get $root${at}) (i32.mul (i32.const ${NODE_BYTES}) (i32.add
    (i32.load16_u offset=2 (local.get $node${at}))
    (f32.lt
      (f32.load (i32.add (local.get $row${at}) (i32.load16_u (local.get $node${at}))))
      (f32.load offset=4 (local.get $node${at})))))))`;

const walkLocals = (count: number): string =>
  each(count, (at) => `(local $node${at} i32) (local $root${at} i32) (local $row${at} i32)`);

const deepest = `
  (if (i32.gt_u (local.get $other) (local.get $steps)) (then (local.set $steps (local.get $other))))`;

/** Sum of one row over the trees of [trees, treesEnd), in their order. Their number is a multiple of TREES_AT_ONCE. */
const walkRow = `
(func (export "walkRow") (param $row i32) (param $trees i32) (param $treesEnd i32) (param $nodes i32) (result f32)
  (local $sum f32) (local $steps i32) (local $other i32)
  ${walkLocals(TREES_AT_ONCE)}
  ${each(TREES_AT_ONCE, (at) => `(local.set $row${at} (local.get $row))`)}
  (block $done (loop $next
    (br_if $done (i32.ge_u (local.get $trees) (local.get $treesEnd)))
    (local.set $steps (i32.const 1))
    ${each(
      TREES_AT_ONCE,
      (at) => `
    (local.set $node${at} (local.tee $root${at} (i32.add (local.get $nodes) (i32.load offset=${at * TREE_BYTES} (local.get $trees)))))
    (local.set $other (i32.load offset=${at * TREE_BYTES + 4} (local.get $trees)))
    ${deepest}`,
    )}
    (loop $down
      ${each(TREES_AT_ONCE, step)}
      (br_if $down (local.tee $steps (i32.sub (local.get $steps) (i32.const 1)))))
    ${each(TREES_AT_ONCE, (at) => `(local.set $sum (f32.add (local.get $sum) (f32.load offset=4 (local.get $node${at}))))`)}
    (local.set $trees (i32.add (local.get $trees) (i32.const ${TREES_AT_ONCE * TREE_BYTES})))
    (br $next)))
  (local.get $sum))`;

/** As walkRow for a block of rows, added to their sums at $sums: tree by tree, whose nodes then stay in the nearest cache. The rows are a multiple of ROWS_AT_ONCE. */
const walkRows = `
(func (export "walkRows") (param $rows i32) (param $rowsEnd i32) (param $rowBytes i32) (param $sums i32) (param $trees i32) (param $treesEnd i32) (param $nodes i32)
  (local $at i32) (local $sum i32) (local $steps i32)
  ${walkLocals(ROWS_AT_ONCE)}
  (block $done (loop $next
    (br_if $done (i32.ge_u (local.get $trees) (local.get $treesEnd)))
    (local.set $root0 (i32.add (local.get $nodes) (i32.load (local.get $trees))))
    ${each(ROWS_AT_ONCE, (at) => `(local.set $root${at} (local.get $root0))`)}
    (local.set $at (local.get $rows))
    (local.set $sum (local.get $sums))
    (loop $block
      ${each(
        ROWS_AT_ONCE,
        (at) => `
      (local.set $node${at} (local.get $root0))
      (local.set $row${at} (local.get $at))
      (local.set $at (i32.add (local.get $at) (local.get $rowBytes)))`,
      )}
      (local.set $steps (i32.load offset=4 (local.get $trees)))
      (if (i32.eqz (local.get $steps)) (then (local.set $steps (i32.const 1))))
      (loop $down
        ${each(ROWS_AT_ONCE, step)}
        (br_if $down (local.tee $steps (i32.sub (local.get $steps) (i32.const 1)))))
      ${each(
        ROWS_AT_ONCE,
        (at) => `
      (f32.store offset=${4 * at} (local.get $sum)
        (f32.add (f32.load offset=${4 * at} (local.get $sum)) (f32.load offset=4 (local.get $node${at}))))`,
      )}
      (local.set $sum (i32.add (local.get $sum) (i32.const ${4 * ROWS_AT_ONCE})))
      (br_if $block (i32.lt_u (local.get $at) (local.get $rowsEnd))))
    (local.set $trees (i32.add (local.get $trees) (i32.const ${TREE_BYTES})))
    (br $next))))`;

export const treeWalkWat = (pagesMax: number): string =>
  `(module (memory (export "memory") 1 ${pagesMax}) ${walkRow} ${walkRows})`;
