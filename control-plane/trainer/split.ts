/**
 * The best split of a node from its histogram. A missing value's rows are tried on either side and go where the gain is larger (sparsity-aware split finding).
 * Source: Chen & Guestrin 2016, equations 6 (leaf weight) and 7 (gain), algorithm 3; L1 and monotone constraints as XGBoost's src/tree/param.h and
 * split_evaluator.h.
 */
import type { Cuts } from "./bins.ts";
import type { Histogram } from "./histogram.ts";

export interface SplitRules {
  lambda: number;
  alpha: number;
  gamma: number;
  minChildWeight: number;
  /** By feature: 1, -1 or 0. Absent: none is constrained. */
  monotone: Int8Array | undefined;
}

export interface NodeSums {
  gradient: number;
  hessian: number;
  /** Bounds on the weights of the node's leaves, from monotone splits above. */
  lower: number;
  upper: number;
}

export interface Split {
  feature: number;
  /** Rows whose bin, counted over all features, is below go left. */
  bin: number;
  isMissingLeft: boolean;
  gain: number;
  leftGradient: number;
  leftHessian: number;
}

/** XGBoost's kRtEps: a gain that is not above is none. */
const GAIN_MIN = 1e-6;
const HESSIAN_CRUMB = 1e-10;

/** −G / (H + λ), with L1 and within the node's bounds. */
export function leafWeight(
  { lambda, alpha }: SplitRules,
  gradient: number,
  hessian: number,
  lower: number,
  upper: number,
): number {
  if (hessian <= 0) return 0;
  const weight = -shrunk(gradient, alpha) / (hessian + lambda);
  return weight < lower ? lower : weight > upper ? upper : weight;
}

/** Undefined when no split gains enough. Ties go to the feature and the bin that come first, so one histogram has one best split. */
export function findSplit(
  histogram: Histogram,
  { values, offsets }: Cuts,
  features: Int32Array,
  node: NodeSums,
  rules: SplitRules,
): Split | undefined {
  const parentGain = gainOf(rules, node.gradient, node.hessian, node);
  const least = Math.max(GAIN_MIN, rules.gamma);
  // Subtracted histograms leave crumbs in empty bins: less than this share of the node's rows is none.
  const leastHessian = Math.max(rules.minChildWeight, node.hessian * HESSIAN_CRUMB);
  let best: Split | undefined;
  for (const feature of features) {
    const cuts = (values[feature] as Float32Array).length;
    const offset = offsets[feature] as number;
    const missingCell = 2 * (offset + cuts + 1);
    const missingGradient = histogram[missingCell] as number;
    const missingHessian = histogram[missingCell + 1] as number;
    const hasMissing = missingHessian !== 0 || missingGradient !== 0;
    const direction = rules.monotone?.[feature] ?? 0;
    let gradient = 0;
    let hessian = 0;
    for (let bin = 1; bin <= cuts; bin++) {
      const cell = 2 * (offset + bin - 1);
      gradient += histogram[cell] as number;
      hessian += histogram[cell + 1] as number;
      for (let side = 0; side < (hasMissing ? 2 : 1); side++) {
        const leftGradient = side === 0 ? gradient : gradient + missingGradient;
        const leftHessian = side === 0 ? hessian : hessian + missingHessian;
        const rightHessian = node.hessian - leftHessian;
        if (!(leftHessian >= leastHessian && rightHessian >= leastHessian)) continue;
        const gain = pairGain(rules, node, direction, leftGradient, leftHessian) - parentGain;
        if (gain > least && gain > (best?.gain ?? -Infinity)) {
          best = { feature, bin: offset + bin, isMissingLeft: side === 1, gain, leftGradient, leftHessian };
        }
      }
    }
  }
  return best;
}

/** The gain of two children; none where they would break the feature's direction. */
function pairGain(rules: SplitRules, node: NodeSums, direction: number, leftGradient: number, leftHessian: number): number {
  const rightGradient = node.gradient - leftGradient;
  const rightHessian = node.hessian - leftHessian;
  if (direction !== 0) {
    const left = leafWeight(rules, leftGradient, leftHessian, node.lower, node.upper);
    const right = leafWeight(rules, rightGradient, rightHessian, node.lower, node.upper);
    if (direction > 0 ? left > right : left < right) return -Infinity;
  }
  return gainOf(rules, leftGradient, leftHessian, node) + gainOf(rules, rightGradient, rightHessian, node);
}

/**
 * G² / (H + λ) for the best weight; twice the loss that a weight at its bound saves, where the bounds hold it back. The latter leaves L1 out, as XGBoost does:
 * the same parameters are to give the same trees.
 */
function gainOf(rules: SplitRules, gradient: number, hessian: number, { lower, upper }: NodeSums): number {
  const pulled = shrunk(gradient, rules.alpha);
  if (rules.monotone === undefined) return (pulled * pulled) / (hessian + rules.lambda);
  const weight = leafWeight(rules, gradient, hessian, lower, upper);
  return -(2 * gradient * weight + (hessian + rules.lambda) * weight * weight);
}

/** Soft threshold of L1. */
function shrunk(gradient: number, alpha: number): number {
  if (alpha === 0) return gradient;
  return gradient > alpha ? gradient - alpha : gradient < -alpha ? gradient + alpha : 0;
}
