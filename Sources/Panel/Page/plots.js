// Small plots of the last two minutes: what should stay low.

const most = 240;

/// Title, figure, unit; `isCount`: what came since the last figure is drawn, and anything but 0 is bad.
const kinds = [
  ["Reply planned, 99 %", "respond-p99-us", "µs"],
  ["Network step, 99 %", "step-p99-us", "µs"],
  ["Audio callback, 99 %", "callback-p99-us", "µs"],
  ["Missed cycles (xruns)", "xruns", "", true],
  ["Late notes", "late", "", true],
];

export class Plots {
  constructor(place) {
    this.plots = kinds.map(([title, figure, unit, isCount]) => {
      const box = document.createElement("figure");
      const caption = document.createElement("figcaption");
      const name = document.createElement("span");
      const output = document.createElement("output");
      const canvas = document.createElement("canvas");
      name.textContent = title;
      output.textContent = "–";
      output.setAttribute("aria-live", "off");
      canvas.setAttribute("aria-hidden", "true");
      caption.append(name, output);
      box.append(caption, canvas);
      place.append(box);
      return { figure, unit, isCount, output, canvas, values: [], last: null };
    });
  }

  take(figures) {
    for (const plot of this.plots) {
      const value = figures[plot.figure];
      if (typeof value !== "number") {
        plot.output.textContent = "–";
        plot.last = null;
        continue;
      }
      plot.values.push(plot.isCount ? Math.max(0, value - (plot.last ?? value)) : value);
      if (plot.values.length > most) plot.values.shift();
      plot.last = value;
      plot.output.textContent = `${Math.round(value * 10) / 10} ${plot.unit}`.trim();
      plot.output.classList.toggle("bad", plot.isCount === true && value > 0);
      this.draw(plot);
    }
  }

  draw({ canvas, values, isCount }) {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    context.clearRect(0, 0, width, height);
    context.fillStyle = style.getPropertyValue("--line");
    context.fillRect(0, height - ratio, width, ratio);
    const top = Math.max(1e-9, ...values) * 1.15;
    context.strokeStyle = context.fillStyle = style.getPropertyValue(isCount ? "--danger" : "--human");
    context.lineWidth = 1.5 * ratio;
    context.beginPath();
    values.forEach((value, index) => {
      const x = width - (values.length - 1 - index) * (width / (most - 1));
      const y = (height - ratio) * (1 - value / top);
      if (isCount) {
        if (value > 0) context.fillRect(x - ratio, y, 2 * ratio, height - y);
      } else {
        context.lineTo(x, y);
      }
    });
    context.stroke();
  }
}
