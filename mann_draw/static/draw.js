// The tab to draw on: what its buttons do, and what it shows when the board or the examples change.

import { clearAnswer, say, showAnswer, showMemory } from "./answer.js";
import { Board } from "./board.js";
import { find } from "./elements.js";
import {
  addDrawing,
  addExamples,
  bringBack,
  findLost,
  listExamples,
  readFile,
  removeDrawing,
  showClasses,
  writeFile,
} from "./examples.js";
import { Learner } from "./learner.js";
import { clearHint, hint, offer, warn } from "./messages.js";
import { listModels, Refused, upload } from "./server.js";
import { describeAdded } from "./words.js";

const WORDS = {
  start: ["Draw a character", "Name it, and the memory knows it: one drawing, and no training."],
  first: ["Now a second one", "Draw another character and name it; then it tells them apart."],
  ready: ["Draw one of these again", "It is recognised while you draw."],
};

export function makeDrawTab() {
  const list = find("classes");
  const board = new Board(find("board"), boardChanged, () => find("name").focus());
  const learner = new Learner(board, {
    track,
    changed() {
      clearHint();
      keep();
      showAll();
    },
    answered(answer) {
      if (answer) showAnswer(learner.classes, answer);
      else if (isAsked()) showNoAnswer();
      showMemory(learner.classes, learner.memory, Boolean(answer));
    },
    failed: (error) => warn(error.message),
  });
  let pending = 0;
  let uploads = Promise.resolve(); // One comes to the board after the other.

  /** Marks the page as busy until something is done; returns that. */
  async function track(promise) {
    list.ariaBusy = String(++pending > 0);
    try {
      return await promise;
    } finally {
      list.ariaBusy = String(--pending > 0);
    }
  }

  function keep() {
    try {
      sessionStorage.setItem("classes", JSON.stringify(learner.classes));
    } catch {
      warn("The browser has no room to keep the examples over a reload: save them to a file.");
    }
  }

  function showAll() {
    showClasses(list, learner.classes, { add: remember, remove, drop });
    find("names").replaceChildren(...learner.classes.map(({ name }) => new Option(name)));
    find("save").disabled = find("forget").disabled = !learner.classes.length;
    boardChanged();
  }

  function isAsked() {
    return !board.isEmpty && learner.classes.length > 0;
  }

  function boardChanged() {
    find("undo").disabled = !board.past.length;
    find("clear").disabled = board.isEmpty;
    for (const button of list.querySelectorAll(".add")) button.disabled = board.isEmpty;
    if (isAsked()) return learner.recognise();
    clearAnswer();
    say(...WORDS[["start", "first"][learner.classes.length] ?? "ready"]);
    showMemory(learner.classes, learner.memory, false);
  }

  function showNoAnswer() {
    clearAnswer();
    say("There is no answer", "The message above says why.");
  }

  async function remember(name) {
    if (board.isEmpty) return hint("The board is empty: draw first, then name the drawing.");
    const { ink } = board;
    const drawing = board.toPicture();
    if (!(await learner.change((now) => addDrawing(now, name, drawing)))) return;
    if (find("name").value.trim() === name) find("name").value = "";
    // Whoever goes on drawing meanwhile keeps the board.
    if (ink !== board.ink) return;
    board.restart();
    find("board").focus({ preventScroll: true });
  }

  /** Takes examples away, and offers to bring back just these. */
  async function takeAway(words, makeNext) {
    let lost;
    const done = await learner.change((now) => {
      const next = makeNext(now);
      lost = findLost(now, next);
      return next;
    });
    if (!done || !lost.length) return;
    offer(words, "Bring back", () => learner.change((now) => bringBack(now, lost)));
  }

  const remove = (name) =>
    takeAway(`${name} is removed.`, (now) => now.filter((one) => one.name !== name));
  const drop = (name, drawing) =>
    takeAway(`A drawing of ${name} is removed.`, (now) => removeDrawing(now, name, drawing));
  const forget = () => takeAway("All examples are removed.", () => []);

  /** Adds examples, and says how many of them are new. */
  async function addAll(examples, noun, where) {
    let added;
    const done = await learner.change((now) => {
      const next = addExamples(now, examples);
      added = listExamples(next).length - listExamples(now).length;
      return next;
    });
    if (done) hint(describeAdded(examples.length, added, noun, where));
  }

  async function takePictures(files, name) {
    if (files.length > 1 && !name) {
      return hint("Name the character first; then all the pictures become examples of it.");
    }
    const [drawings, faults] = await uploadAll(files);
    if (faults.length) warn(faults.join(" "));
    if (!drawings.length) return;
    if (files.length === 1) return board.show(drawings[0]);
    const examples = drawings.map((drawing) => ({ name, drawing }));
    return addAll(examples, "picture", `to ${name}`);
  }

  async function load(file) {
    try {
      await addAll(readFile(await file.text()), "example", `from ${file.name}`);
    } catch (error) {
      warn(`${file.name}: ${error.message}`);
    }
  }

  function save() {
    const link = document.createElement("a");
    const content = writeFile(learner.classes);
    link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
    link.download = "drawings.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function chooseModel() {
    say("Loading the model …", "The first time takes some seconds; you may draw meanwhile.");
    return learner.choose(find("model").value);
  }

  /** Has a button open a chooser of files, and `take` them. */
  function takeFiles(button, input, take) {
    find(button).addEventListener("click", () => find(input).click());
    find(input).addEventListener("change", () => {
      const files = [...find(input).files];
      find(input).value = "";
      if (files.length) take(files);
    });
  }

  find("undo").addEventListener("click", () => board.undo());
  find("clear").addEventListener("click", () => board.clear());
  find("save").addEventListener("click", save);
  find("forget").addEventListener("click", forget);
  find("model").addEventListener("change", chooseModel);
  takeFiles("upload", "files", (files) => {
    const name = find("name").value.trim();
    uploads = track(uploads.then(() => takePictures(files, name)));
  });
  takeFiles("load", "saved", ([file]) => track(load(file)));
  find("remember").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = find("name").value.trim();
    if (name) return remember(name);
    hint("Give the drawing a name first.");
    find("name").focus();
  });
  document.addEventListener("keydown", (event) => {
    const writing = event.target.matches("input, select");
    if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || writing || find("draw").hidden) {
      return;
    }
    event.preventDefault();
    board.undo();
  });
  addEventListener("resize", () => showMemory(learner.classes, learner.memory, isAsked()));

  return {
    /** Starts with the examples from before a reload, and the first of the server's models. */
    start: () =>
      track(
        (async () => {
          try {
            learner.classes = JSON.parse(sessionStorage.getItem("classes")) ?? [];
          } catch {
            // There is no room for any, or they are damaged.
          }
          showAll();
          const { models } = await listModels();
          find("model").replaceChildren(...models.map((name) => new Option(name)));
          await chooseModel();
        })(),
      ),
    open: showAll,
  };
}

/** Returns the drawings of files that the server could read, and what is wrong with files. */
async function uploadAll(files) {
  const [drawings, faults] = [[], []];
  for (const [index, file] of files.entries()) {
    try {
      const { drawing, doubt } = await upload(file);
      drawings.push(drawing);
      if (doubt) faults.push(`${file.name} ${doubt}.`);
    } catch (error) {
      if (error instanceof Refused) {
        faults.push(`${file.name}: ${error.message}`);
        continue;
      }
      // The server is away, for the others too.
      const rest = files.slice(index).map(({ name }) => name);
      faults.push(`${rest.join(", ")}: ${error.message}`);
      break;
    }
  }
  return [drawings, faults];
}
