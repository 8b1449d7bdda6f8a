/** The samples of fixtures/statistics.scipy.json, made anew: the same generator and the same arithmetic as fixtures/write-fixtures.py. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface SampleDescription {
  shape: string;
  seed: number;
  size: number;
  shift: number;
}

export interface SamplePair {
  reference: SampleDescription;
  current: SampleDescription;
  ks: { statistic: number; pValue: number; location: number; sign: number; asymptoticPValue: number | null };
  wasserstein?: number;
}

interface ScipyFixtures {
  samples: SamplePair[];
  kolmogorov: [n: number, d: number, twoSided: number, oneSided: number][];
  tables: {
    reference: number[];
    current: number[];
    chiSquared: number;
    pValue: number;
    degreesOfFreedom: number;
    jensenShannon: number;
  }[];
  adjusted: { pValues: number[]; benjaminiHochberg: number[] }[];
}

export const scipyFixtures = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/statistics.scipy.json"), "utf8"),
) as ScipyFixtures;

/** mulberry32. */
export function uniforms(seed: number, size: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: size }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  });
}

export function makeSample({ shape, seed, size, shift }: SampleDescription): Float64Array {
  const first = uniforms(seed, size);
  const further = (which: number): Float64Array => uniforms(seed + which, size);
  const shaped = shapes[shape]?.(first, further);
  if (!shaped) throw new Error(`no shape ${shape}`);
  return shaped.map((value) => value + shift);
}

const shapes: Record<string, (u: Float64Array, further: (which: number) => Float64Array) => Float64Array> = {
  uniform: (u) => u,
  bell: (u, further) => {
    const [v, w, x] = [further(1), further(2), further(3)] as [Float64Array, Float64Array, Float64Array];
    return u.map((value, at) => value + (v[at] as number) + (w[at] as number) + (x[at] as number));
  },
  heavy: (u, further) => {
    const side = further(1);
    return u.map((value, at) => (1 / (1 - value)) * ((side[at] as number) < 0.5 ? -1 : 1));
  },
  ties: (u) => u.map((value) => Math.floor(value * 7)),
  integers: (u) => u.map((value) => Math.floor(value * 1000) - 500),
  zeros: (u, further) => {
    const rain = further(1);
    return u.map((value, at) => (value < 0.95 ? 0 : Math.floor((rain[at] as number) * 40) / 10));
  },
  constant: (u) => u.map(() => 3),
  tiny: (u) => u.map((value) => value * 1e-300),
  huge: (u) => u.map((value) => (value - 0.5) * 1e300),
};
