// The picture of the memory: what its slots hold, for whom they were written, how they are read.

import { readBytes } from "./server.js";

const READ = 56; // Heights in pixels: of the read weights,
const CONTENT = 96; // of what the slots hold,
const MARK = 6; // and of the marks of who wrote them.
const GAP = 28;
const NARROWEST = 5;

/**
 * Draws the memory.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {object} view what the server says of the memory
 * @param {boolean} reading whether there is a drawing, for which it reads
 * @param {(example: number) => string} findColor returns the colour of an example
 */
export function drawMemory(canvas, view, reading, findColor) {
  const width = canvas.clientWidth;
  if (!width) return;
  let perRow = view.slots;
  while (width / perRow < NARROWEST && perRow % 2 === 0) perRow /= 2;
  const rows = Math.ceil(view.slots / perRow);
  const height = rows * (READ + CONTENT + MARK + 8) + (rows - 1) * GAP;
  const scale = devicePixelRatio;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  const styles = getComputedStyle(canvas);
  const color = (name) => styles.getPropertyValue(name);
  const content = drawContent(view, color("--positive"), color("--negative"));
  const step = width / perRow;
  const highest = Math.max(1, ...view.reads);
  context.imageSmoothingEnabled = false;
  for (let slot = 0; slot < view.slots; slot++) {
    const x = (slot % perRow) * step;
    const top = Math.floor(slot / perRow) * (READ + CONTENT + MARK + 8 + GAP);
    const own = view.writers[slot] < 0 ? color("--muted") : findColor(view.writers[slot]);
    const inside = Math.max(1, step - 1);
    context.fillStyle = color("--slot");
    context.fillRect(x, top + READ, inside, CONTENT);
    context.drawImage(content, slot, 0, 1, view.width, x, top + READ, inside, CONTENT);
    context.fillStyle = own;
    if (view.writers[slot] >= 0) {
      context.fillRect(x, top + READ + CONTENT + 4, Math.max(1, step), MARK);
    }
    if (reading) {
      const bar = ((READ - 4) * view.reads[slot]) / highest;
      context.fillRect(x, top + READ - 2 - bar, inside, bar);
    }
  }
}

/** Returns a canvas with a pixel for each number of the memory, a column for each slot. */
function drawContent(view, positive, negative) {
  const canvas = document.createElement("canvas");
  canvas.width = view.slots;
  canvas.height = view.width;
  const context = canvas.getContext("2d");
  const bytes = readBytes(view.content, Int8Array);
  for (let slot = 0; slot < view.slots; slot++) {
    for (let row = 0; row < view.width; row++) {
      const value = bytes[slot * view.width + row];
      if (!value) continue;
      context.globalAlpha = Math.sqrt(Math.abs(value) / 127);
      context.fillStyle = value > 0 ? positive : negative;
      context.fillRect(slot, row, 1, 1);
    }
  }
  return canvas;
}

/** Returns the part of what is read that was written for each example. */
export function shareReads(view, numExamples) {
  const shares = new Array(numExamples).fill(0);
  const total = view.reads.reduce((sum, weight) => sum + weight, 0) || 1;
  view.reads.forEach((weight, slot) => {
    if (view.writers[slot] >= 0) shares[view.writers[slot]] += weight / total;
  });
  return shares;
}
