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
    // Strokes are lists of points from 0 to 1; a picture takes their place.
    this.strokes = [];
    this.picture = null;
    this.past = [];
    this.pen = { x: 0.5, y: 0.5, down: false, shown: false };
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, (event) => this.#end(event));
    }
    canvas.addEventListener("keydown", (event) => this.#press(event));
    canvas.addEventListener("blur", () => this.#showPen(false));
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  get isEmpty() {
    return !this.picture && !this.strokes.length;
  }

  clear() {
    if (!this.isEmpty) this.#change([], null);
  }

  undo() {
    if (!this.past.length) return;
    [this.strokes, this.picture] = this.past.pop();
    this.pen.down = false;
    this.#changed();
  }

  /** Forgets the drawing and what could be undone, to start a new one. */
  restart() {
    this.clear();
    this.past = [];
  }

  /** Shows a picture, a data URL whose opacity is the ink, in the place of strokes. */
  async show(url) {
    const image = new Image();
    image.src = url;
    await image.decode();
    this.#change([], { url, image });
  }

  /** Returns the drawing as a data URL, black ink on nothing, as the server takes it. */
  toPicture() {
    if (this.picture) return this.picture.url;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    const points = this.strokes.flat();
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
    drawStrokes(context, this.strokes.map((stroke) => stroke.map(place)), STROKE * SIDE);
    return canvas.toDataURL("image/png");
  }

  draw() {
    const { canvas, pen } = this;
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (!side) return;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d");
    const colors = getComputedStyle(canvas);
    context.clearRect(0, 0, side, side);
    context.strokeStyle = context.fillStyle = colors.color;
    if (this.picture) {
      context.drawImage(this.picture.image, 0, 0, side, side);
      context.globalCompositeOperation = "source-in";
      context.fillRect(0, 0, side, side);
      context.globalCompositeOperation = "source-over";
    }
    const scaled = this.strokes.map((stroke) => stroke.map(([x, y]) => [x * side, y * side]));
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
      context.arc(pen.x * side, pen.y * side, (pen.down ? 0.018 : 0.035) * side, 0, 7);
      context.stroke();
    }
  }

  #change(strokes, picture) {
    this.past.push([this.strokes, this.picture]);
    this.strokes = strokes;
    this.picture = picture;
    this.pen.down = false;
    this.#changed();
  }

  #changed() {
    this.draw();
    this.changed();
  }

  #startStroke(point) {
    this.#change([...this.strokes, [point]], null);
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
    if (event.button || !event.isPrimary) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.#showPen(false);
    this.drawing = event.pointerId;
    this.#startStroke(this.#place(event));
  }

  #move(event) {
    if (event.pointerId !== this.drawing) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const one of between.length ? between : [event]) {
      this.strokes.at(-1).push(this.#place(one));
    }
    this.#changed();
  }

  #end(event) {
    if (event.pointerId === this.drawing) this.drawing = null;
  }

  #showPen(shown) {
    this.pen.shown = shown;
    if (!shown) this.pen.down = false;
    this.draw();
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { pen } = this;
    if (event.key in ARROWS) {
      const [x, y] = ARROWS[event.key];
      const clip = (value) => Math.min(0.96, Math.max(0.04, value));
      pen.x = clip(pen.x + STEP * x);
      pen.y = clip(pen.y + STEP * y);
      if (pen.down) this.strokes.at(-1).push([pen.x, pen.y]);
    } else if (event.key === " ") {
      const down = !pen.down;
      if (down) this.#startStroke([pen.x, pen.y]);
      pen.down = down;
    } else if (event.key === "Enter") {
      this.finished();
    } else {
      return;
    }
    event.preventDefault();
    pen.shown = true;
    if (pen.down) this.#changed();
    else this.draw();
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
