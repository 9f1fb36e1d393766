// The tab of the machine that copies what is tapped.

import { find, make } from "./elements.js";
import { fit } from "./memory.js";
import { clearHint, hint, warn } from "./messages.js";
import { ask, readBytes } from "./server.js";
import { are } from "./words.js";

const BITS = 8;
const LONGEST = 120;
const LEAST = 40; // A head is at the slots of a greater weight, of 255.
const SECONDS = 4; // How long the heads take to go through a sequence, at most.

export function makeCopyTab() {
  const [tapped, answer, slider] = [find("tapped"), find("answer"), find("step")];
  const canvas = find("heads").querySelector("canvas");
  let columns = Array.from({ length: 10 }, () => new Array(BITS).fill(0));
  let result = null;
  let timer = null;

  /** Shows the columns, of which one square can be reached by Tab, the others by arrows. */
  function showTapped([column, bit] = [0, 0]) {
    find("tape").style.setProperty("--columns", columns.length);
    find("tape").classList.toggle("long", columns.length > 48);
    find("length").value = columns.length;
    const rows = Array.from({ length: BITS }, (_, y) => {
      const cells = columns.map((_, x) => {
        const cell = make("button", { tabIndex: x === column && y === bit ? 0 : -1 });
        cell.role = "gridcell";
        cell.dataset.place = `${x},${y}`;
        cell.ariaLabel = `column ${x + 1}, bit ${y + 1}`;
        cell.ariaSelected = Boolean(columns[x][y]);
        return cell;
      });
      const row = make("div", {}, ...cells);
      row.role = "row";
      return row;
    });
    tapped.replaceChildren(...rows);
    forgetAnswer();
  }

  function findCell(x, y) {
    return tapped.querySelector(`[data-place="${x},${y}"]`);
  }

  function forgetAnswer() {
    stop();
    result = null;
    find("heads").hidden = true;
    find("answer-words").textContent = "";
    showAnswer();
  }

  function resize(length) {
    columns = Array.from({ length }, (_, x) => columns[x] ?? new Array(BITS).fill(0));
    showTapped();
  }

  async function run() {
    stop();
    const sent = columns;
    find("run").disabled = true;
    find("answer-words").textContent = "It reads …";
    try {
      const got = await ask("copy", { columns: sent });
      clearHint();
      if (sent === columns) start(got);
    } catch (error) {
      if (sent === columns) find("answer-words").textContent = "";
      warn(error.message);
    }
    find("run").disabled = false;
  }

  function start(got) {
    const weights = (name) => readBytes(got[name]);
    result = { ...got, writes: weights("writes"), reads: weights("reads") };
    result.touched = findTouched(result, columns.length);
    find("heads").hidden = false;
    slider.max = 2 * columns.length;
    const [bits, wrong] = [columns.length * BITS, countWrong()];
    find("answer-words").textContent = wrong
      ? `${wrong} of ${bits} bits ${are(wrong)} wrong, marked with a cross.`
      : `All ${bits} bits are right.`;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) show(2 * columns.length);
    else play(0);
  }

  function countWrong() {
    const isWrong = (x) => (bit, y) => bit !== columns[x][y];
    return readAnswer().reduce((sum, column, x) => sum + column.filter(isWrong(x)).length, 0);
  }

  function readAnswer() {
    return result.answer.map((column) => column.map((part) => Number(part > 0.5)));
  }

  function play(from) {
    const began = performance.now();
    const perStep = Math.min(160, (1000 * SECONDS) / (2 * columns.length + 1));
    find("play").textContent = "Pause";
    const next = (now) => {
      const step = Math.min(2 * columns.length, from + Math.floor((now - began) / perStep));
      show(step);
      if (step === 2 * columns.length) stop();
      else timer = requestAnimationFrame(next);
    };
    timer = requestAnimationFrame(next);
  }

  function stop() {
    cancelAnimationFrame(timer);
    timer = null;
    find("play").textContent = "Play";
  }

  function show(step) {
    slider.value = step;
    const length = columns.length;
    const words =
      step < length
        ? `reads column ${step + 1}`
        : step === length
          ? "is told to repeat"
          : `repeats column ${step - length}`;
    find("step-words").textContent = `Step ${step + 1} of ${2 * length + 1}: it ${words}.`;
    find("heads-words").textContent =
      length === 1
        ? "1 column comes in and is written; then the read head goes to its slot and repeats it."
        : `${length} columns come in and are written to slot after slot; then the read head goes ` +
          "through the same slots and repeats them.";
    slider.setAttribute("aria-valuetext", find("step-words").textContent);
    showAnswer(step - length);
    drawHeads(canvas, result, step, length);
  }

  /** Shows the first columns of the answer, with the wrong bits marked. */
  function showAnswer(shown = 0) {
    const bits = result && readAnswer();
    const rows = Array.from({ length: BITS }, (_, y) => {
      const cells = columns.map((column, x) => {
        const cell = make("span");
        if (x < shown) {
          if (bits[x][y]) cell.className = "on";
          if (bits[x][y] !== column[y]) cell.classList.add("wrong");
        } else {
          cell.className = "unknown";
        }
        return cell;
      });
      return make("div", {}, ...cells);
    });
    answer.replaceChildren(...rows);
  }

  tapped.addEventListener("click", (event) => {
    if (!event.target.dataset.place) return;
    const [x, y] = event.target.dataset.place.split(",").map(Number);
    columns = columns.map((column, i) =>
      i === x ? column.map((bit, j) => (j === y ? 1 - bit : bit)) : column,
    );
    event.target.ariaSelected = Boolean(columns[x][y]);
    forgetAnswer();
  });
  tapped.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ];
    if (!move || !event.target.dataset.place) return;
    event.preventDefault();
    const [x, y] = event.target.dataset.place.split(",").map(Number);
    const next = findCell(x + move[0], y + move[1]);
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  find("length").addEventListener("change", (event) => {
    const length = Math.round(Number(event.target.value));
    if (length >= 1 && length <= LONGEST) return resize(length);
    hint(`The number of columns must be from 1 to ${LONGEST}.`);
    event.target.value = columns.length;
  });
  for (const button of document.querySelectorAll(".random")) {
    button.addEventListener("click", () => {
      const bit = () => Number(Math.random() < 0.5);
      const column = () => Array.from({ length: BITS }, bit);
      columns = Array.from({ length: Number(button.value) }, column);
      showTapped();
      run();
    });
  }
  find("blank").addEventListener("click", () => {
    columns = columns.map(() => new Array(BITS).fill(0));
    showTapped();
  });
  find("run").addEventListener("click", run);
  find("play").addEventListener("click", () => {
    const step = Number(slider.value);
    if (timer) stop();
    else play(step === 2 * columns.length ? 0 : step);
  });
  slider.addEventListener("input", () => {
    stop();
    show(Number(slider.value));
  });
  addEventListener("resize", () => result && show(Number(slider.value)));
  showTapped();

  return { open: () => result && show(Number(slider.value)) };
}

/** Returns the weights to show at a step: it may read while it listens, but to no effect. */
function chooseWeights({ writes, reads, slots }, step, length) {
  return (step <= length ? writes : reads).subarray(step * slots, (step + 1) * slots);
}

/** Returns the slots that a head was at, in their order on the ring that the memory is. */
function findTouched(result, length) {
  const touched = new Set();
  for (let step = 0; step <= 2 * length; step++) {
    chooseWeights(result, step, length).forEach((weight, slot) => {
      if (weight > LEAST) touched.add(slot);
    });
  }
  const sorted = [...touched].sort((one, other) => one - other);
  const gaps = sorted.map((slot, i) => (slot - sorted.at(i - 1) + result.slots) % result.slots);
  const cut = gaps.indexOf(Math.max(...gaps));
  return [...sorted.slice(cut), ...sorted.slice(0, cut)];
}

function drawHeads(canvas, result, step, length) {
  const { touched } = result;
  const steps = 2 * length + 1;
  const width = canvas.clientWidth;
  if (!width) return;
  const height = Math.round(Math.min(touched.length * 14, Math.max(160, width / 2), 420));
  const context = fit(canvas, width, height);
  context.scale(width / steps, height / touched.length);
  const styles = getComputedStyle(canvas);
  context.fillStyle = styles.getPropertyValue("--slot");
  context.fillRect(step, 0, 1, touched.length);
  context.fillRect(length, 0, 1, touched.length);
  const color = (name) => styles.getPropertyValue(name);
  const [write, read] = [color("--write"), color("--read")];
  for (let time = 0; time <= step; time++) {
    const weights = chooseWeights(result, time, length);
    context.fillStyle = time <= length ? write : read;
    touched.forEach((slot, row) => {
      context.globalAlpha = weights[slot] / 255;
      context.fillRect(time, row, 1, 1);
    });
  }
  context.globalAlpha = 1;
}
