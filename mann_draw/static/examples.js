// The examples of a page: their classes, the list that shows them, and the file to keep them in.

import { make } from "./elements.js";

// Of OKLCH, whose colours of one lightness all stand out from the page as much.
const HUES = [262, 42, 155, 312, 90];
const KIND = "examples of mann draw";

/**
 * Returns the classes with a drawing added to one.
 *
 * @param {object[]} classes
 * @param {string} name
 * @param {string} drawing
 * @param {object} wanted `color` and `place` of the class, if it is new; it gets the first colour
 *   from there on that is free
 */
export function addDrawing(classes, name, drawing, { color = 0, place = classes.length } = {}) {
  const known = classes.find((one) => one.name === name);
  if (!known) {
    while (classes.some((one) => one.color === color)) color++;
    return classes.toSpliced(place, 0, { name, color, drawings: [drawing] });
  }
  if (known.drawings.includes(drawing)) return classes;
  const drawings = [...known.drawings, drawing];
  return classes.map((one) => (one === known ? { ...one, drawings } : one));
}

/** Returns the classes without a drawing of one of them; with its last one, the class goes too. */
export function removeDrawing(classes, name, drawing) {
  return classes
    .map((one) =>
      one.name === name ? { ...one, drawings: one.drawings.filter((it) => it !== drawing) } : one,
    )
    .filter((one) => one.drawings.length);
}

/** Returns the classes with examples added, as `listExamples` returns them. */
export function addExamples(classes, examples) {
  return examples.reduce((all, { name, drawing }) => addDrawing(all, name, drawing), classes);
}

/** Returns what other classes lack of some: classes with just these drawings, and their places. */
export function findLost(classes, others) {
  const kept = new Map(others.map(({ name, drawings }) => [name, drawings]));
  return classes
    .map((one, place) => {
      const isLost = (drawing) => !kept.get(one.name)?.includes(drawing);
      return { ...one, place, drawings: one.drawings.filter(isLost) };
    })
    .filter((one) => one.drawings.length);
}

/** Returns the classes with what `findLost` found; a class that is gone comes where it was. */
export function bringBack(classes, lost) {
  for (const one of lost) {
    for (const drawing of one.drawings) classes = addDrawing(classes, one.name, drawing, one);
  }
  return classes;
}

/** Returns the examples of all classes as the server takes them. */
export function listExamples(classes) {
  return classes.flatMap(({ name, drawings }) => drawings.map((drawing) => ({ name, drawing })));
}

export function findHue(color) {
  return HUES[color] ?? Math.round(color * 137.5 + 95) % 360;
}

export function writeFile(classes) {
  const kept = classes.map(({ name, drawings }) => ({ name, drawings }));
  return JSON.stringify({ kind: KIND, classes: kept }, null, 1);
}

/** Returns the examples of a file; throws an Error that says what is wrong. */
export function readFile(text) {
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error("The file is not JSON: choose one that this page saved.");
  }
  const isClass = (one) =>
    typeof one?.name === "string" &&
    Array.isArray(one.drawings) &&
    one.drawings.every((drawing) => /^data:image\/png;base64,/.test(drawing));
  const added = content?.kind === KIND ? content.classes : null;
  if (!Array.isArray(added) || !added.every(isClass)) {
    throw new Error("The file holds no examples of this page: choose one that it saved.");
  }
  return listExamples(added);
}

/**
 * Shows the classes in a list.
 *
 * @param {HTMLElement} list
 * @param {object[]} classes
 * @param {object} does what its buttons do: `add(name)`, `remove(name)`, `drop(name, drawing)`
 */
export function showClasses(list, classes, does) {
  const rows = classes.map(({ name, color, drawings }) => {
    const shown = drawings.map((drawing, index) => {
      const picture = make("span", { className: "drawing" });
      picture.style.maskImage = `url("${drawing}")`;
      const drop = make("button", { className: "drop", textContent: "×" });
      drop.ariaLabel = `Remove drawing ${index + 1} of ${name}`;
      drop.onclick = () => does.drop(name, drawing);
      return make("span", { className: "example" }, picture, drop);
    });
    const add = make("button", { className: "add", textContent: "Add this drawing" });
    add.ariaLabel = `Add this drawing to ${name}`;
    add.onclick = () => does.add(name);
    const remove = make("button", { className: "quiet", textContent: "Remove" });
    remove.ariaLabel = `Remove ${name}`;
    remove.onclick = () => does.remove(name);
    const row = makeRow(name);
    const actions = make("span", { className: "group end" }, add, remove);
    row.append(make("div", { className: "row examples" }, ...shown, actions));
    row.style.setProperty("--hue", findHue(color));
    return row;
  });
  if (classes.length > 1) {
    const none = makeRow("None of these");
    none.id = "none";
    none.append(make("p", { className: "hint" }));
    rows.push(none);
  }
  list.replaceChildren(...rows);
}

function makeRow(name) {
  const bar = make("div", { className: "bar" }, make("span"));
  bar.role = "meter";
  bar.ariaLabel = name;
  bar.ariaValueMin = 0;
  bar.ariaValueMax = 100;
  const head = make("div", { className: "head" });
  head.append(make("span", { className: "name", textContent: name }), make("span"));
  return make("li", {}, head, bar);
}

/** Shows a part of 1 in a row, as a bar and in words; nothing if it is `null`. */
export function showPart(row, part, words = `${Math.round(100 * part)} %`) {
  const percent = Math.round(100 * part);
  const bar = row.querySelector(".bar");
  bar.ariaValueNow = percent;
  bar.ariaValueText = part === null ? "no answer" : words;
  bar.firstChild.style.width = `${percent}%`;
  row.querySelector(".head").lastChild.textContent = part === null ? "" : words;
}
