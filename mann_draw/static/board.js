// The board to draw on: by mouse, finger or pen, and by keyboard.

// The picture of a drawing that the models are shown: its side in pixels, and the longer side of
// its ink and the width of its strokes as parts of that. Of the widths tried, from 0.02 to 0.08,
// models of Omniglot recognise most with about this one.
const SIDE = 112;
const FILL = 20 / 28;
const STROKE = 0.055;
// How far an arrow key moves the pen, as a part of the board.
const STEP = 0.025;

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const BLANK = { strokes: [], picture: null };
const KEYS = "keys";

export class Board {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => void} changed called after every change of the drawing
   * @param {() => void} finished called when Enter says that the drawing is done
   */
  constructor(canvas, changed, finished) {
    this.canvas = canvas;
    this.changed = changed;
    this.finished = finished;
    // Strokes are lists of points from 0 to 1; a picture takes their place. Never changed in place,
    // so that any state of it can come back.
    this.ink = BLANK;
    this.past = [];
    // Another one where ink went away: what was said of it before is no longer true.
    this.sheet = {};
    // Who draws the last stroke: the id of a pointer, or the keys; `null` once it is done.
    this.drawing = null;
    this.pen = { x: 0.5, y: 0.5, shown: false };
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, (event) => this.#end(event));
    }
    canvas.addEventListener("keydown", (event) => this.#press(event));
    canvas.addEventListener("blur", () => this.#hidePen());
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  get isEmpty() {
    return !this.ink.picture && !this.ink.strokes.length;
  }

  clear() {
    if (this.isEmpty) return;
    this.past.push(this.ink);
    this.#replace(BLANK);
  }

  undo() {
    if (this.past.length) this.#replace(this.past.pop());
  }

  /** Forgets the drawing and what could be undone, to start a new one. */
  restart() {
    this.past = [];
    this.#replace(BLANK);
  }

  /** Shows a picture, a data URL whose opacity is the ink, in the place of strokes. */
  async show(url) {
    const image = new Image();
    image.src = url;
    await image.decode();
    this.past.push(this.ink);
    this.#replace({ strokes: [], picture: { url, image } });
  }

  /** Returns the drawing as a data URL, black ink on nothing, as the server takes it. */
  toPicture() {
    const { strokes, picture } = this.ink;
    if (picture) return picture.url;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    const points = strokes.flat();
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
    // The ink goes as far beyond the points as half a stroke is wide; a dot is not enlarged.
    const scale = ((FILL - STROKE) * SIDE) / Math.max(right - left, bottom - top, 0.05);
    const place = ([x, y]) => [
      SIDE / 2 + scale * (x - (left + right) / 2),
      SIDE / 2 + scale * (y - (top + bottom) / 2),
    ];
    const context = canvas.getContext("2d");
    drawStrokes(context, strokes.map((stroke) => stroke.map(place)), STROKE * SIDE);
    return canvas.toDataURL("image/png");
  }

  draw() {
    const { canvas, ink, pen } = this;
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (!side) return;
    // The width alone may be right from the start: 300 pixels, twice the height.
    if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d");
    const colors = getComputedStyle(canvas);
    context.clearRect(0, 0, side, side);
    context.strokeStyle = context.fillStyle = colors.color;
    if (ink.picture) {
      context.drawImage(ink.picture.image, 0, 0, side, side);
      context.globalCompositeOperation = "source-in";
      context.fillRect(0, 0, side, side);
      context.globalCompositeOperation = "source-over";
    }
    const scaled = ink.strokes.map((stroke) => stroke.map(([x, y]) => [x * side, y * side]));
    drawStrokes(context, scaled, 0.028 * side);
    if (this.isEmpty && !pen.shown) {
      context.fillStyle = colors.getPropertyValue("--muted");
      context.font = `${0.05 * side}px system-ui, sans-serif`;
      context.textAlign = "center";
      context.fillText("Draw here", side / 2, side / 2);
    }
    if (pen.shown) {
      context.strokeStyle = colors.getPropertyValue("--accent");
      context.lineWidth = 0.006 * side;
      context.beginPath();
      const radius = this.drawing === KEYS ? 0.018 : 0.035;
      context.arc(pen.x * side, pen.y * side, radius * side, 0, 7);
      context.stroke();
    }
  }

  /** Takes another drawing; a stroke under way is not part of it. */
  #replace(ink) {
    this.ink = ink;
    this.sheet = {};
    this.drawing = null;
    this.#changed();
  }

  #changed() {
    this.draw();
    this.changed();
  }

  #startStroke(point, drawing) {
    this.past.push(this.ink);
    if (this.ink.picture) this.sheet = {};
    this.ink = { strokes: [...this.ink.strokes, [point]], picture: null };
    this.drawing = drawing;
    this.#changed();
  }

  #extendStroke(points) {
    const { strokes } = this.ink;
    const longer = [...strokes.at(-1), ...points];
    this.ink = { strokes: [...strokes.slice(0, -1), longer], picture: null };
    this.#changed();
  }

  #place(event) {
    const box = this.canvas.getBoundingClientRect();
    const clip = (value) => Math.min(1, Math.max(0, value));
    return [
      clip((event.clientX - box.left) / box.width),
      clip((event.clientY - box.top) / box.height),
    ];
  }

  #begin(event) {
    // A second finger, or the palm, waits until the stroke is done.
    const waits = typeof this.drawing === "number" && this.drawing !== event.pointerId;
    if (event.button || waits) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.#hidePen();
    this.#startStroke(this.#place(event), event.pointerId);
  }

  #move(event) {
    if (event.pointerId !== this.drawing) return;
    // Released while another button was down, which ends no capture.
    if (!(event.buttons & 1)) return this.#end(event);
    const between = event.getCoalescedEvents?.() ?? [];
    const moves = between.length ? between : [event];
    this.#extendStroke(moves.map((one) => this.#place(one)));
  }

  #end(event) {
    if (event.pointerId === this.drawing) this.drawing = null;
  }

  #hidePen() {
    this.pen.shown = false;
    if (this.drawing === KEYS) this.drawing = null;
    this.draw();
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(event.key in ARROWS) && event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    const { pen } = this;
    pen.shown = true;
    if (event.key in ARROWS) {
      const [x, y] = ARROWS[event.key];
      const clip = (value) => Math.min(0.96, Math.max(0.04, value));
      pen.x = clip(pen.x + STEP * x);
      pen.y = clip(pen.y + STEP * y);
      if (this.drawing === KEYS) this.#extendStroke([[pen.x, pen.y]]);
    } else if (event.key === " ") {
      if (this.drawing === KEYS) this.drawing = null;
      else this.#startStroke([pen.x, pen.y], KEYS);
    } else {
      this.finished();
    }
    this.draw();
  }
}

function drawStrokes(context, strokes, width) {
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  for (const points of strokes) {
    context.beginPath();
    context.moveTo(...points[0]);
    for (let i = 1; i < points.length - 1; i++) {
      // A curve through the middles of the lines between points, which bends where they do.
      const [[x, y], [nextX, nextY]] = [points[i], points[i + 1]];
      context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
    }
    const [x, y] = points.at(-1);
    // Of no length at all, a line would not be drawn: a dot is one of nearly none.
    context.lineTo(x + 0.01, y);
    context.stroke();
  }
}
