// What the server has learned of the examples of the page: one change comes after the other, and an
// answer is dropped if what it was asked about has changed meanwhile.

import { listExamples } from "./examples.js";
import { ask, Forgotten, Refused } from "./server.js";

export class Learner {
  /** Never changed in place, so that any state of them can be kept. */
  classes = [];
  /** What the server last said of its memory. */
  memory = null;
  #board;
  #page;
  #model = null;
  #key = null; // By which the server knows the examples, once they are taught.
  #refused = false; // Whether the model cannot learn the examples.
  #version = 0; // Another one for other classes, or another model.
  #order = Promise.resolve();
  #wanted = false;
  #asking = false;

  /**
   * @param {Board} board
   * @param {object} page what is called: `changed()` after the classes or the model did,
   *   `answered(answer)` with what the model says of the drawing, `null` if it cannot,
   *   `failed(error)`, and `track(promise)` with what is under way, which returns it
   */
  constructor(board, page) {
    this.#board = board;
    this.#page = page;
  }

  /**
   * Changes the classes when its turn comes, if the server can learn them; returns whether it did.
   *
   * @param {(classes: object[]) => object[]} make returns the new classes from those of then
   */
  change(make) {
    return this.#queue(async () => {
      const next = make(this.classes);
      if (next === this.classes) return true;
      const fewer = listExamples(next).length < listExamples(this.classes).length;
      try {
        await this.#learn(next);
      } catch (error) {
        this.#page.failed(error);
        // Fewer are refused only if more were, and it is fewer that the model may ask for.
        if (error instanceof Refused && !fewer) return false;
        // If the server is away, the examples are taught when it is back.
        this.#unlearn(error);
      }
      this.classes = next;
      this.#version++;
      this.#page.changed();
      return true;
    });
  }

  /** Takes another model, to which all examples are taught. */
  choose(model) {
    this.#model = model;
    this.#version++;
    return this.#queue(async () => {
      // Yet another was chosen.
      if (model !== this.#model) return;
      try {
        await ask("open", { model });
        await this.#learn(this.classes);
      } catch (error) {
        this.#page.failed(error);
        this.#unlearn(error);
      }
      this.#page.changed();
    });
  }

  /** Asks about the drawing on the board, once all changes are done and earlier answers here. */
  recognise() {
    this.#wanted = true;
    if (!this.#asking) this.#page.track(this.#askUntilDone());
  }

  async #askUntilDone() {
    this.#asking = true;
    while (this.#wanted) {
      this.#wanted = false;
      try {
        await this.#ask();
      } catch (error) {
        this.#page.failed(error);
        this.#page.answered(null);
      }
    }
    this.#asking = false;
  }

  async #ask() {
    const key = await this.#queue(() => this.#getKey());
    if (this.#board.isEmpty) return;
    if (!key) return this.#page.answered(null);
    const [version, sheet] = [this.#version, this.#board.sheet];
    try {
      const answer = await ask("recognise", { key, drawing: this.#board.toPicture() });
      if (version !== this.#version || sheet !== this.#board.sheet) return;
      this.memory = answer.memory;
      this.#page.answered(answer);
    } catch (error) {
      if (!(error instanceof Forgotten)) throw error;
      if (key === this.#key) this.#key = null;
      this.#wanted = true;
    }
  }

  async #getKey() {
    if (!this.#key && !this.#refused) {
      try {
        await this.#learn(this.classes);
      } catch (error) {
        this.#unlearn(error);
        throw error;
      }
    }
    return this.#key;
  }

  async #learn(classes) {
    const examples = listExamples(classes);
    const learned = examples.length && (await ask("learn", { model: this.#model, examples }));
    this.#key = learned?.key ?? null;
    this.memory = learned?.memory ?? null;
    this.#refused = false;
  }

  #unlearn(error) {
    this.#key = this.memory = null;
    this.#refused = error instanceof Refused;
  }

  #queue(work) {
    const done = this.#order.then(work);
    this.#order = done.catch(() => {});
    return this.#page.track(done);
  }
}
