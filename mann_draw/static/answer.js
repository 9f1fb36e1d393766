// What the page shows of an answer: the verdict, the parts of the classes, and the memory.

import { find } from "./elements.js";
import { findHue, showPart } from "./examples.js";
import { drawMemory, shareReads } from "./memory.js";
import { are, count } from "./words.js";

/** Says what is to be seen first; its title alone is also spoken, when it changes. */
export function say(title, words, color) {
  find("verdict").style.setProperty("--color", color ?? "inherit");
  const [heading, paragraph] = find("verdict").children;
  if (heading.textContent !== title) heading.textContent = title;
  if (paragraph.textContent !== words) paragraph.textContent = words;
}

/** Shows what a model says of a drawing, beside the classes that it was asked about. */
export function showAnswer(classes, { probabilities, similarity, threshold }) {
  const rows = find("classes").children;
  const part = ({ name }) => probabilities[name];
  const best = classes.reduce((one, other) => (part(other) > part(one) ? other : one));
  const isNone = threshold !== null && similarity < threshold;
  classes.forEach((one, index) => {
    showPart(rows[index], part(one));
    rows[index].classList.toggle("best", one === best);
  });
  find("classes").className = isNone ? "is-none" : "";
  if (threshold !== null) showNone(isNone, similarity, threshold);
  const sure = Math.round(100 * part(best));
  if (threshold === null) say(best.name, "There is nothing else yet that it could be.", color(best));
  else if (isNone) say("None of these", `The nearest would be ${best.name}.`);
  else say(best.name, `${sure} % sure`, color(best));
}

/** Takes the last answer away. */
export function clearAnswer() {
  for (const row of find("classes").children) {
    showPart(row, null);
    row.classList.remove("best");
  }
  find("classes").className = "";
  if (find("none")) find("none").lastChild.textContent = "";
}

function showNone(isNone, similarity, threshold) {
  const row = find("none");
  const [like, least] = [similarity, threshold].map((part) => Math.round(100 * part));
  row.classList.toggle("best", isNone);
  showPart(row, Number(isNone), isNone ? "yes" : "no");
  row.lastChild.textContent =
    `It is ${like} % like the nearest example; below ${least} % it is none of these.`;
}

/**
 * Shows the memory.
 *
 * @param {object[]} classes
 * @param {object} view what the server says of the memory; `null` if it has said nothing
 * @param {boolean} reading whether it reads for a drawing
 */
export function showMemory(classes, view, reading) {
  const examples = classes.flatMap((one) => one.drawings.map((drawing) => ({ one, drawing })));
  const picture = find("memory").querySelector("canvas");
  find("memory").querySelector(".legend").hidden = picture.hidden = !view;
  find("memory-words").textContent = describeMemory(examples, view, reading);
  if (!view) return;
  const marks = examples.map(({ one, drawing }) => ({ color: color(one), drawing }));
  drawMemory(picture, view, reading, marks);
}

function describeMemory(examples, view, reading) {
  if (!examples.length) return "It is empty: what you draw and name is written to it.";
  if (!view) return "This model has no memory of slots: it compares a drawing with all examples.";
  if (!reading) {
    const written = view.writers.filter((writer) => writer >= 0).length;
    const examplesAre = `${count(examples.length, "example")} ${are(examples.length)}`;
    return `${examplesAre} written to ${written} of ${count(view.slots, "slot")}.`;
  }
  const shares = shareReads(view, examples.length);
  const best = shares.indexOf(Math.max(...shares));
  const { name } = examples[best].one;
  const part = Math.round(100 * shares[best]);
  return `${part} % of what it reads now was written for an example of ${name}.`;
}

function color(one) {
  const lightness = getComputedStyle(find("memory")).getPropertyValue("--class-lightness");
  return `oklch(${lightness} 0.13 ${findHue(one.color)})`;
}
