// The picture of the memory: what its slots hold, for whom they were written, how they are read.

import { readBytes } from "./server.js";

const GAP = 12;
// The least width of a slot, and the least side of a drawing that can be made out.
const NARROWEST = 5;
const SMALLEST = 12;
const images = new Map();
let newest; // Which drawing of the memory was asked for last.

/**
 * Draws the memory: rows of slots, and above each how it is read, below for whom it was written.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {object} view what the server says of the memory
 * @param {boolean} reading whether there is a drawing, for which it reads
 * @param {{color: string, drawing: string}[]} examples the colour and the picture of each
 */
export async function drawMemory(canvas, view, reading, examples) {
  const asked = (newest = {});
  await Promise.all(examples.map(({ drawing }) => loadImage(drawing)));
  if (asked !== newest) return;
  const width = canvas.clientWidth;
  if (!width) return;
  let perRow = view.slots;
  while (width / perRow < NARROWEST && perRow % 2 === 0) perRow /= 2;
  const step = width / perRow;
  const several = perRow < view.slots;
  const [high, deep, side] = several ? [40, 64, 20] : [56, 96, 28];
  const rowHeight = high + deep + 10 + side + GAP;
  const context = fit(canvas, width, Math.ceil(view.slots / perRow) * rowHeight - GAP);
  const styles = getComputedStyle(canvas);
  const color = (name) => styles.getPropertyValue(name);
  const content = drawContent(view, color("--positive"), color("--negative"));
  const highest = Math.max(1, ...view.reads);
  context.imageSmoothingEnabled = false;
  for (let slot = 0; slot < view.slots; slot++) {
    const x = (slot % perRow) * step;
    const top = Math.floor(slot / perRow) * rowHeight;
    const inside = Math.max(1, step - 1);
    const writer = examples[view.writers[slot]];
    context.fillStyle = color("--slot");
    context.fillRect(x, top + high, inside, deep);
    context.drawImage(content, slot, 0, 1, view.width, x, top + high, inside, deep);
    context.fillStyle = writer?.color ?? color("--muted");
    if (reading) {
      const bar = ((high - 4) * view.reads[slot]) / highest;
      context.fillRect(x, top + high - 2 - bar, inside, bar);
    }
    if (writer) context.fillRect(x, top + high + deep + 3, step, 4);
  }
  context.imageSmoothingEnabled = true;
  for (const { writer, first, last } of findRuns(view.writers, perRow)) {
    const size = Math.min(side, (last - first + 1) * step - 2);
    if (size < SMALLEST || !examples[writer]) continue;
    const x = (((first % perRow) + (last % perRow) + 1) / 2) * step - size / 2;
    const y = Math.floor(first / perRow) * rowHeight + high + deep + 10;
    const { drawing, color: ink } = examples[writer];
    context.drawImage(tint(images.get(drawing), ink), x, y, size, size);
  }
}

/** Makes a canvas of a size in the pixels of the page; returns its context, scaled to these. */
export function fit(canvas, width, height) {
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  const context = canvas.getContext("2d");
  context.scale(devicePixelRatio, devicePixelRatio);
  return context;
}

async function loadImage(url) {
  if (images.has(url)) return;
  const image = new Image();
  image.src = url;
  await image.decode();
  images.set(url, image);
}

function tint(image, color) {
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = color;
  context.fillRect(0, 0, canvas.width, canvas.height);
  return canvas;
}

/** Returns where slots side by side were written for the same example. */
function findRuns(writers, perRow) {
  const runs = [];
  writers.forEach((writer, slot) => {
    const run = runs.at(-1);
    if (writer === run?.writer && slot % perRow) run.last = slot;
    else runs.push({ writer, first: slot, last: slot });
  });
  return runs;
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
      context.globalAlpha = Math.abs(value) / 127;
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
