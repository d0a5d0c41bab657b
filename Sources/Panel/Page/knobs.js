// A control for each parameter, made from the daemon's table, in folds.

/// Title of a fold, and the names that belong there; a parameter that no fold takes is in the last.
const folds = [
  ["Turns", /^(auto|mode|turn-taking|patience|hold|entry|shortest|longest|length|ending|yield|attract|forget)$/],
  ["Following you", /^(similarity|learning|follow-.*)$/],
  ["Freedom", /^(seed|temperature-.*|top-p-.*|top-k-.*|min-p-.*)$/],
  ["Notes", /^(polyphony|notes-per-second|scale|scale-root|low|high|transpose|chord-split|ceiling|min-note|max-note)$/],
  ["How likely each pitch class is", /^weight-/],
  ["Beat", /^(clock|tempo|meter)$/],
  ["MIDI", /^(thru|listen|channel|pedal-inverted)$/],
  ["More", /./],
];

export class Knobs {
  /// - set(name, value): somebody has moved a control.
  constructor(place, set) {
    this.place = place;
    this.set = set;
    this.controls = new Map();
    this.waiting = new Map();
  }

  set list(parameters) {
    const open = new Set([...this.place.querySelectorAll("details[open]")].map((it) => it.dataset.fold));
    if (this.controls.size === 0) open.add("Turns");
    this.controls.clear();
    const left = [...parameters];
    this.place.replaceChildren();
    for (const [title, names] of folds) {
      const mine = left.filter((it) => names.test(it.name));
      for (const it of mine) left.splice(left.indexOf(it), 1);
      if (mine.length > 0) this.place.append(this.fold(title, mine, open.has(title)));
    }
  }

  set disabled(isDisabled) {
    for (const input of this.place.querySelectorAll("input, select")) input.disabled = isDisabled;
  }

  show(name, value) {
    const control = this.controls.get(name);
    if (!control) return;
    control.value = value;
    // What somebody is moving stays under the finger, and is put right after.
    control.isBehind = this.waiting.has(name);
    if (!control.isBehind) control.show(value);
    control.box.classList.toggle("changed", value !== control.parameter.default);
  }

  showAll() {
    for (const [name, control] of this.controls) this.show(name, control.value);
  }

  fold(title, parameters, isOpen) {
    const details = make("details", { open: isOpen });
    details.dataset.fold = title;
    const summary = make("summary", { textContent: title + " " });
    summary.append(make("span", { textContent: `(${parameters.length})` }));
    const grid = make("div", { className: "grid" });
    grid.append(...parameters.map((it) => this.knob(it)));
    details.append(summary, grid);
    return details;
  }

  knob(parameter) {
    const { name, kind, unit, sentence } = parameter;
    const box = make("div", { className: "knob" });
    const id = `knob-${name}`;
    const note = make("small", { id: `${id}-note`, textContent: sentence.replaceAll("`", "") });
    const title = make("div", { className: "name" });
    title.append(make("label", { htmlFor: id, textContent: name }));
    if (unit && unit !== "0/1") title.append(make("span", { className: "unit", textContent: unit }));
    const row = make("div", { className: "row" });
    const [inputs, show] = this[kind === "toggle" || kind === "choice" ? kind : "number"](parameter);
    inputs[0].id = id;
    for (const input of inputs) input.setAttribute("aria-describedby", note.id);
    row.append(...inputs);
    box.append(title, row, note);
    this.controls.set(name, { parameter, box, show, value: parameter.value });
    this.show(name, parameter.value);
    return box;
  }

  toggle({ name }) {
    const input = make("input", { type: "checkbox" });
    input.addEventListener("change", () => this.move(name, input.checked ? 1 : 0));
    return [[input], (value) => { input.checked = value !== 0; }];
  }

  choice({ name, names }) {
    const select = make("select", {});
    select.append(...names.map((it) => new Option(it.name, it.value)));
    select.addEventListener("change", () => this.move(name, Number(select.value)));
    return [[select], (value) => { select.value = value; }];
  }

  number({ name, kind, minimum, maximum, unit, names }) {
    const span = maximum - minimum;
    const step = kind === "whole" || span >= 500 ? 1 : span > 10 ? 0.1 : 0.01;
    // Wide ranges of positive numbers, such as seconds, are moved by ratio.
    const isRatio = minimum > 0 && maximum / minimum > 50;
    const toSlider = (value) => isRatio ? Math.log(value / minimum) / Math.log(maximum / minimum) : value;
    const fromSlider = (place) => isRatio ? minimum * (maximum / minimum) ** place : place;
    const slider = make("input", {
      type: "range", min: isRatio ? 0 : minimum, max: isRatio ? 1 : maximum, step: isRatio ? 0.001 : step,
    });
    const field = make("input", { type: "number", min: minimum, max: maximum, step: "any", inputMode: "decimal" });
    field.setAttribute("aria-label", `${name}, number`);
    const said = (value) => names.find((it) => it.value === value)?.name ?? `${value} ${unit}`.trim();
    const show = (value, except) => {
      if (except !== slider) slider.value = toSlider(value);
      if (except !== field && document.activeElement !== field) field.value = shortest(value);
      slider.setAttribute("aria-valuetext", said(shortest(value)));
      field.title = names.map((it) => `${it.value}: ${it.name}`).join(", ");
    };
    slider.addEventListener("input", () => {
      const value = Math.min(maximum, Math.max(minimum, round(fromSlider(Number(slider.value)), step)));
      show(value, slider);
      this.move(name, value);
    });
    field.addEventListener("change", () => { if (field.value !== "") this.move(name, Number(field.value)); });
    field.addEventListener("blur", () => this.show(name, this.controls.get(name).value));
    return [[slider, field], show];
  }

  /// At most one message in 50 ms for each parameter, the last one always.
  move(name, value) {
    const isFirst = !this.waiting.has(name);
    this.waiting.set(name, value);
    if (!isFirst) return;
    this.set(name, value);
    const again = (sent) => setTimeout(() => {
      const last = this.waiting.get(name);
      if (last === sent) {
        this.waiting.delete(name);
        const control = this.controls.get(name);
        if (control?.isBehind) this.show(name, control.value);
      } else {
        this.set(name, last);
        again(last);
      }
    }, 50);
    again(value);
  }
}

function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

function round(value, step) {
  return Number((Math.round(value / step) * step).toFixed(4));
}

/// Without the noise of a float in single precision.
function shortest(value) {
  return Number(value.toPrecision(6));
}
