/**
 * How large a run is. The full size is what a claim is made with; the quick one keeps `npm test` within minutes and tries every path.
 * `npm run test:full` runs every test at its full size.
 */
export const isFullScale = process.env["EDGEWISE_TEST_SCALE"] === "full";

export const scaled = (sizes: { full: number; quick: number }): number => (isFullScale ? sizes.full : sizes.quick);
