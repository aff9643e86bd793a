// SPDX-License-Identifier: Apache-2.0
// What the pages draw with.
export {
  arrow,
  axisX,
  axisY,
  barX,
  dot,
  gridX,
  gridY,
  lineY,
  plot,
  rectY,
  ruleX,
  ruleY,
  text,
  tickX,
  tip,
  pointer,
} from "@observablehq/plot";
