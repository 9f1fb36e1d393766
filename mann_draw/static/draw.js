// The tab to draw on: it teaches the examples to the server and asks it about the drawing.

import { Board } from "./board.js";
import {
  addDrawing,
  findHue,
  listExamples,
  readFile,
  removeDrawing,
  showClasses,
  showPart,
  writeFile,
} from "./examples.js";
import { drawMemory, shareReads } from "./memory.js";
import { ask, Forgotten, Refused, upload } from "./server.js";

const find = (id) => document.getElementById(id);
const WORDS = {
  start: ["Draw a character", "Name it, and the memory knows it: one drawing, and no training."],
  first: ["Now a second one", "Draw another character and name it; then it tells them apart."],
  ready: ["Draw one of these again", "It is recognised while you draw."],
};

export function makeDrawTab(tell) {
  const [list, verdict, memory] = [find("classes"), find("verdict"), find("memory")];
  const picture = memory.querySelector("canvas");
  let classes = []; // Never changed in place, so that any state of it can come back.
  let model = null;
  let key = null; // By which the server knows the examples, once they are taught.
  let view = null; // What it last said of its memory.
  let order = Promise.resolve(); // One change comes after the other.
  let [wanted, asking] = [false, false];

  const board = new Board(find("board"), boardChanged, () => find("name").focus());

  async function teach(next) {
    if (!next.length) return { key: null, memory: null };
    return ask("learn", { model, examples: listExamples(next) });
  }

  /** Takes other classes, if the server can learn them; returns whether it did. */
  function change(next) {
    order = order.then(async () => {
      try {
        const learned = await teach(next);
        key = learned.key;
        view = learned.memory;
      } catch (error) {
        tell(error.message);
        if (error instanceof Refused) return false;
        // The server is away: the examples are taught when it is back.
        key = view = null;
      }
      classes = next;
      keep();
      showAll();
      return true;
    });
    return order;
  }

  function keep() {
    try {
      sessionStorage.setItem("classes", JSON.stringify(classes));
    } catch {
      tell("The browser has no room to keep the examples over a reload: save them to a file.");
    }
  }

  async function recognise() {
    wanted = true;
    if (asking) return;
    asking = true;
    while (wanted) {
      wanted = false;
      if (board.isEmpty || !classes.length) break;
      try {
        await order;
        if (!key) ({ key, memory: view } = await teach(classes));
        const answer = await ask("recognise", { key, drawing: board.toPicture() });
        if (!board.isEmpty) show(answer);
      } catch (error) {
        if (error instanceof Forgotten) {
          key = null;
          wanted = true;
        } else {
          tell(error.message);
        }
      }
    }
    asking = false;
  }

  function showAll() {
    showClasses(list, classes, { add, remove, drop });
    find("names").replaceChildren(...classes.map(({ name }) => new Option(name)));
    find("save").disabled = find("forget").disabled = !classes.length;
    boardChanged();
  }

  function boardChanged() {
    const empty = board.isEmpty;
    find("undo").disabled = !board.past.length;
    find("clear").disabled = empty;
    for (const button of list.querySelectorAll(".add")) button.disabled = empty;
    if (!empty && classes.length) return void recognise();
    say(...WORDS[["start", "first"][classes.length] ?? "ready"]);
    for (const row of list.children) showPart(row, null);
    list.className = "";
    if (find("none")) find("none").lastChild.textContent = "";
    showMemory(false);
  }

  function say(title, words, color) {
    verdict.style.setProperty("--color", color ?? "inherit");
    const [heading, paragraph] = verdict.children;
    if (heading.textContent !== title) heading.textContent = title;
    if (paragraph.textContent !== words) paragraph.textContent = words;
  }

  function show({ probabilities, similarity, threshold, memory: seen }) {
    const names = classes.map(({ name }) => name);
    if (!names.every((name) => name in probabilities)) return;
    const best = names.reduce((one, two) => (probabilities[two] > probabilities[one] ? two : one));
    const isNone = threshold !== null && similarity < threshold;
    names.forEach((name, index) => showPart(list.children[index], probabilities[name]));
    list.className = isNone ? "is-none" : "";
    names.forEach((name, index) => list.children[index].classList.toggle("best", name === best));
    if (threshold !== null) {
      const none = find("none");
      const [like, least] = [similarity, threshold].map((part) => Math.round(100 * part));
      none.lastChild.textContent = 
        `It is ${like} % like the nearest example; below ${least} % it is none of these.`;
      showNone(none, isNone);
    }
    const sure = Math.round(100 * probabilities[best]);
    const color = findColor(classes.find(({ name }) => name === best));
    if (threshold === null) say(best, "There is nothing else yet that it could be.", color);
    else if (isNone) say("None of these", `The nearest would be ${best}.`);
    else say(best, `${sure} % sure`, color);
    view = seen;
    showMemory(true);
  }

  function showNone(row, isNone) {
    row.classList.toggle("best", isNone);
    row.querySelector(".head").lastChild.textContent = isNone ? "yes" : "no";
    const bar = row.querySelector(".bar");
    bar.ariaValueNow = isNone ? 100 : 0;
    bar.firstChild.style.width = isNone ? "100%" : "0";
  }

  function showMemory(reading) {
    const examples = classes.flatMap((one) => one.drawings.map((drawing) => ({ one, drawing })));
    memory.querySelector(".legend").hidden = picture.hidden = !view;
    find("memory-words").textContent = describeMemory(reading, examples);
    if (!view) return;
    const marks = examples.map(({ one, drawing }) => ({ color: findColor(one), drawing }));
    drawMemory(picture, view, reading, marks);
  }

  function findColor({ color }) {
    const lightness = getComputedStyle(memory).getPropertyValue("--class-lightness");
    return `hsl(${findHue(color)} 65% ${lightness})`;
  }

  function describeMemory(reading, examples) {
    if (!classes.length) return "It is empty: what you draw and name is written to it.";
    if (!view) return "This model has no memory of slots: it compares a drawing with all examples.";
    const written = view.writers.filter((writer) => writer >= 0).length;
    const holds = `${examples.length} examples are written to ${written} of ${view.slots} slots`;
    if (!reading) return `${examples.length === 1 ? holds.replace("s are", " is") : holds}.`;
    const shares = shareReads(view, examples.length);
    const best = shares.indexOf(Math.max(...shares));
    const part = Math.round(100 * shares[best]);
    const { name } = examples[best].one;
    return `${part} % of what it reads now was written for an example of ${name}.`;
  }

  async function rememberAs(name) {
    if (board.isEmpty) return tell("The board is empty: draw first, then name the drawing.");
    if (!(await change(addDrawing(classes, name, board.toPicture())))) return;
    tell();
    board.restart();
    find("name").value = "";
    find("board").focus({ preventScroll: true });
  }

  function replace(next, words) {
    const before = classes;
    change(next).then((done) => {
      if (done) tell(words, { words: "Bring back", run: () => change(before) });
    });
  }

  const add = (name) => rememberAs(name);
  const remove = (name) =>
    replace(classes.filter((one) => one.name !== name), `${name} is removed.`);
  const drop = (name, drawing) =>
    replace(removeDrawing(classes, name, drawing), `A drawing of ${name} is removed.`);

  async function takePictures(files) {
    const name = find("name").value.trim();
    if (files.length > 1 && !name) {
      return tell("Name the character first; then all the pictures become examples of it.");
    }
    let next = classes;
    const doubts = [];
    for (const file of files) {
      try {
        const { drawing, doubt } = await upload(file);
        if (doubt) doubts.push(`${file.name} ${doubt}.`);
        if (files.length === 1) await board.show(drawing);
        else next = addDrawing(next, name, drawing);
      } catch (error) {
        return tell(`${file.name}: ${error.message}`);
      }
    }
    if (next !== classes && !(await change(next))) return;
    tell(doubts.join(" "));
  }

  async function load(file) {
    try {
      const next = readFile(await file.text(), classes);
      const added = listExamples(next).length - listExamples(classes).length;
      if (await change(next)) tell(`${added} examples are added from ${file.name}.`);
    } catch (error) {
      tell(error.message);
    }
  }

  function save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([writeFile(classes)], { type: "application/json" }));
    link.download = "drawings.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async function chooseModel() {
    model = find("model").value;
    key = view = null;
    say("Loading the model …", "The first time takes some seconds; you may draw meanwhile.");
    try {
      await ask("open", { model });
      if (model !== find("model").value) return;
      tell();
      if (classes.length) await change(classes);
    } catch (error) {
      tell(error.message);
    }
    boardChanged();
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
  find("forget").addEventListener("click", () => replace([], "All examples are removed."));
  find("model").addEventListener("change", chooseModel);
  takeFiles("upload", "files", takePictures);
  takeFiles("load", "saved", ([file]) => load(file));
  find("remember").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = find("name").value.trim();
    if (name) rememberAs(name);
    else {
      tell("Give the drawing a name first.");
      find("name").focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    const writing = event.target.matches("input, select");
    if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || writing || find("draw").hidden) {
      return;
    }
    event.preventDefault();
    board.undo();
  });
  addEventListener("resize", () => showMemory(!board.isEmpty && classes.length > 0));

  return {
    /** Starts with the first of some models, and the examples from before a reload. */
    async start(models) {
      find("model").replaceChildren(...models.map((name) => new Option(name)));
      try {
        classes = JSON.parse(sessionStorage.getItem("classes")) ?? [];
      } catch {
        classes = [];
      }
      showAll();
      await chooseModel();
    },
    open: showAll,
  };
}
