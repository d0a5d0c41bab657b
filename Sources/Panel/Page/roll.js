// Both players' notes on a roll that scrolls to the left, and the plan ahead as outlines, right of the line that is now.

const past = 10, ahead = 3;

export class Roll {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    /// {key, start, end (Infinity while it sounds), machine}, in seconds of performance.now().
    this.notes = [];
    /// {key, start, end}.
    this.plan = [];
    this.frame = null;
    /// Keys shown: whole octaves, as many as what was played needs.
    this.lowest = 48;
    this.highest = 83;
    /// For tests: notes that came, rectangles drawn since the page was opened, frames.
    this.heard = { human: 0, machine: 0, planned: 0 };
    this.drawn = { human: 0, machine: 0, plan: 0 };
    this.frames = 0;
    this.shown = true;
    new ResizeObserver(() => this.resize()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.restyle());
    this.restyle();
  }

  set isShown(isShown) {
    this.shown = isShown;
    this.wake();
  }

  // MARK: What comes

  /// [player, kind, channel, key, velocity, seconds from now (negative)]
  note([player, kind, , key, velocity, seconds]) {
    const time = performance.now() / 1000 + seconds;
    const machine = player === "machine";
    if (kind !== "on" && kind !== "off") return;
    for (const note of this.notes) {
      if (note.machine === machine && note.key === key && note.end === Infinity) note.end = Math.max(time, note.start);
    }
    if (kind === "on") {
      this.notes.push({ key, start: time, end: Infinity, machine, velocity });
      this.reach(key);
      this.heard[player] += 1;
      this.label();
    }
    this.wake();
  }

  /// Key, velocity (0 ends the note), seconds from now, again and again.
  setPlan(events) {
    const now = performance.now() / 1000;
    const plan = [];
    for (let index = 0; index + 2 < events.length; index += 3) {
      const [key, velocity, seconds] = events.slice(index, index + 3);
      const time = now + seconds;
      const open = plan.findLast((note) => note.key === key && note.end === Infinity);
      if (open) open.end = time;
      if (velocity > 0) {
        plan.push({ key, start: time, end: Infinity });
        this.reach(key);
        this.heard.planned += 1;
      }
    }
    this.plan = plan;
    this.wake();
  }

  /// The daemon has gone: nothing sounds.
  silence() {
    const now = performance.now() / 1000;
    for (const note of this.notes) if (note.end === Infinity) note.end = now;
    this.plan = [];
    this.wake();
  }

  reach(key) {
    while (key < this.lowest) this.lowest -= 12;
    while (key > this.highest) this.highest += 12;
    this.ground = this.ground?.keys === `${this.lowest} ${this.highest}` ? this.ground : null;
  }

  label() {
    clearTimeout(this.labelling);
    this.labelling = setTimeout(() => {
      const { human, machine } = this.heard;
      this.canvas.setAttribute("aria-label", `Piano roll: ${human} notes of yours, ${machine} of the machine so far`);
    }, 1000);
  }

  // MARK: How it looks

  restyle() {
    const style = getComputedStyle(document.documentElement);
    this.colours = Object.fromEntries(
      ["human", "machine", "roll", "black-key", "octave", "now", "dim"].map((it) => [it, style.getPropertyValue("--" + it).trim()]));
    this.resize();
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.canvas.clientWidth * ratio);
    this.canvas.height = Math.round(this.canvas.clientHeight * ratio);
    this.ground = null;
    this.wake();
  }

  /// Draws while something moves, and once more.
  wake() {
    if (this.frame === null && this.shown) this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = null;
    const now = performance.now() / 1000;
    this.notes = this.notes.filter((note) => note.end > now - past - 1 && note.start > now - 120);
    this.plan = this.plan.filter((note) => Math.min(note.end, note.start + 1) > now);
    this.paint(now);
    this.frames += 1;
    if (this.notes.length > 0 || this.plan.length > 0) this.wake();
  }

  paint(now) {
    const { context, colours, lowest, highest } = this;
    const { width, height } = this.canvas;
    if (width === 0 || height === 0) return;
    const row = height / (highest - lowest + 1);
    const line = width * past / (past + ahead);
    const second = width / (past + ahead);
    context.drawImage(this.background(width, height, row), 0, 0);
    const box = (note, start, end) => {
      const left = line + (start - now) * second;
      const tall = Math.max(row * 0.86, 3);
      return [left, (highest - note.key + 0.5) * row - tall / 2, Math.max((end - start) * second, 3), tall];
    };
    context.lineWidth = 1.5 * (window.devicePixelRatio || 1);
    context.strokeStyle = colours.machine;
    for (const note of this.plan) {
      const [x, y, w, h] = box(note, Math.max(note.start, now), Math.min(note.end, now + ahead));
      context.beginPath();
      context.roundRect(x, y, w, h, h / 3);
      context.stroke();
      this.drawn.plan += 1;
    }
    for (const note of this.notes) {
      const [x, y, w, h] = box(note, note.start, Math.min(note.end, now));
      context.fillStyle = note.machine ? colours.machine : colours.human;
      context.globalAlpha = 0.45 + 0.55 * (note.velocity / 127);
      context.beginPath();
      context.roundRect(x, y, w, h, h / 3);
      context.fill();
      this.drawn[note.machine ? "machine" : "human"] += 1;
    }
    context.globalAlpha = 1;
    context.fillStyle = colours.now;
    context.fillRect(Math.round(line), 0, Math.max(1, Math.round(width / 900)), height);
  }

  /// Rows of the black keys and lines at each C, drawn once for each size.
  background(width, height, row) {
    if (this.ground) return this.ground;
    const { lowest, highest } = this;
    const ground = document.createElement("canvas");
    [ground.width, ground.height] = [width, height];
    const context = ground.getContext("2d");
    context.fillStyle = this.colours.roll;
    context.fillRect(0, 0, width, height);
    context.font = `${Math.round(11 * (window.devicePixelRatio || 1))}px system-ui, sans-serif`;
    for (let key = lowest; key <= highest; key += 1) {
      context.fillStyle = this.colours["black-key"];
      if ([1, 3, 6, 8, 10].includes(key % 12)) context.fillRect(0, (highest - key) * row, width, row);
    }
    for (let key = lowest; key <= highest; key += 12) {
      const bottom = (highest - key + 1) * row;
      context.fillStyle = this.colours.octave;
      context.fillRect(0, bottom - 1, width, 1);
      context.fillStyle = this.colours.dim;
      context.fillText(`C${key / 12 - 1}`, 4, bottom - 4);
    }
    ground.keys = `${lowest} ${highest}`;
    return this.ground = ground;
  }
}
