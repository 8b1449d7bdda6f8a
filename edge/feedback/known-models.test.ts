import { expect, it } from "vitest";
import { modelReference } from "../../contract/receipt.ts";
import { KnownModels } from "./known-models.ts";

it("knows nothing before anybody listed, and keeps a model that is gone", async () => {
  let names: string[] = [];
  const known = new KnownModels({ models: async () => names });
  expect(known.current).toBeUndefined();
  await known.refresh();
  expect(known.current).toBeUndefined();
  names = ["a", "b"];
  await known.refresh();
  names = ["b", "c"];
  await known.refresh();
  expect(["a", "b", "c", "d"].map((name) => known.current?.get(modelReference(name)))).toEqual(["a", "b", "c", undefined]);
});
