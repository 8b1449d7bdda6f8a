/** Weights from a seed: the same model bytes on every machine. */
import { seededRandom } from "../../control-plane/inspection/seeded-random.ts";

/** `count` numbers in [-scale, scale). */
export function weights(seed: number, count: number, scale = 1): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => (random() * 2 - 1) * scale);
}
