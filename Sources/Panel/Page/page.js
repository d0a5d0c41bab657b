// The page: one WebSocket, and who shows what comes over it. README of the messages: docs/panel.md.
import { Roll } from "./roll.js";
import { Knobs } from "./knobs.js";
import { Plots } from "./plots.js";

const $ = (id) => document.getElementById(id);
const roll = new Roll($("roll"));
const knobs = new Knobs($("folds"), (name, value) => send({ do: "set", name, value }));
const plots = new Plots($("plots"));
// For tests of the page.
window.panel = { roll, knobs, plots, received: 0 };

let socket = null;
let delay = 500;
let present = null;
let figures = {};
let presetNames = [];

function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

// MARK: Connection

function connect() {
  socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/");
  socket.onopen = () => {
    delay = 500;
    say("Connected; looking for continuod…");
    wake();
  };
  socket.onmessage = (event) => {
    window.panel.received += 1;
    take(JSON.parse(event.data));
  };
  socket.onclose = () => {
    socket = null;
    setPresent(null);
    say("The panel’s server does not answer; trying again…", true);
    setTimeout(connect, delay);
    delay = Math.min(delay * 2, 5000);
  };
}

/// A hidden page costs nothing: no drawing, and nothing is sent to it.
function wake() {
  const isShown = document.visibilityState === "visible";
  roll.isShown = isShown;
  send({ do: isShown ? "watch" : "sleep" });
}
document.addEventListener("visibilitychange", wake);

function say(text, isGone = false) {
  if ($("connection").textContent !== text) $("connection").textContent = text;
  $("connection").classList.toggle("gone", isGone);
}

function setPresent(now, port) {
  present = now;
  for (const button of document.querySelectorAll("#commands button")) button.disabled = !now;
  knobs.disabled = !now;
  showPresets();
  if (!now) {
    figures = {};
    roll.silence();
    showTurn();
  }
  if (now === true) say("Connected");
  if (now === false) say(`continuod does not answer on UDP port ${port}; waiting for it…`, true);
  showHints();
}

// MARK: What comes

const takers = {
  daemon: (message) => setPresent(message.present, message.port),
  parameters: (message) => { knobs.list = message.list; knobs.disabled = !present; },
  value: (message) => knobs.show(message.name, message.value),
  presets: (message) => { presetNames = message.list; showPresets(true); },
  status: (message) => {
    const old = figures;
    figures = message.figures;
    if (old.preset !== figures.preset) showPresets(true);
    showTurn();
    showBeat();
    showHints();
    plots.take(figures);
  },
  note: (message) => roll.note(message.event),
  plan: (message) => roll.setPlan(message.events),
  fault: (message) => complain(message.text),
};

function take(message) {
  takers[message.type]?.(message);
}

let complaint = 0;
function complain(text) {
  clearTimeout(complaint);
  $("fault").textContent = text;
  $("fault").hidden = false;
  complaint = setTimeout(() => { $("fault").hidden = true; }, 10000);
  knobs.showAll();
}

// MARK: What is shown

const turns = {
  listening: "Your turn", ready: "Your turn – a reply is planned", replying: "The machine plays",
};

function put(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

function showTurn() {
  const phase = figures.phase ?? "";
  $("turn").dataset.phase = phase;
  put("turn", turns[phase] ?? (present ? (figures.port ?? "–") : "–"));
}

function showBeat() {
  const has = figures["beat-state"] !== undefined && figures["beat-state"] !== "none";
  put("bar", has ? `${figures.bar}` : "–");
  put("beat-number", has ? `${figures.beat}` : "–");
  put("meter", has ? figures.meter : "–");
  const state = ["running", "none"].includes(figures["beat-state"]) ? "" : ` (${figures["beat-state"]})`;
  put("tempo", has ? `${Math.round(figures["tempo-bpm"] * 10) / 10} bpm${state}` : "–");
}

function showPresets(isNew = false) {
  const select = $("preset");
  if (isNew) {
    const names = presetNames.some((it) => it.name === figures.preset) || !figures.preset
      ? presetNames : [...presetNames, { name: figures.preset, description: "" }];
    select.replaceChildren(...names.map((it) => {
      const option = new Option(it.name, it.name, false, it.name === figures.preset);
      option.title = it.description;
      return option;
    }));
  }
  select.disabled = $("load").disabled = !present || select.options.length === 0;
}

/// What is missing for a beginner, and what to do; an element of code between two grave accents.
function missing() {
  if (present === false) {
    return ["The instrument is not running. Start it with `continuod`, or `systemctl --user start continuo`; "
      + "`continuo doctor` says what it lacks."];
  }
  if (!present || figures.port === undefined) return [];
  if (figures.phase === undefined) {
    return ["There is no JACK server and no ALSA sequencer yet. Start one: with PipeWire or `jackd` it is found within "
      + "seconds. `continuo doctor` checks the rights too."];
  }
  const hints = [];
  if (figures.heard === 0) {
    hints.push("No note has been heard. Connect a keyboard: `continuo ports` lists them, and "
      + "`continuod --connect-in NAME` connects one by itself.");
    hints.push("Play a phrase and pause. If you do not hear yourself, connect a synth: `--connect-out NAME`, for instance "
      + "`fluidsynth`.");
  } else if (figures.played === 0) {
    hints.push("Your notes arrive. Pause, and the machine goes on; or press Take over.");
  }
  if (figures.overflows > 0 || figures.lost > 0) {
    hints.push("Messages were lost: a larger buffer or real-time rights help. `continuo doctor` says which.");
  }
  return hints;
}

let shownHints = "";
function showHints() {
  const hints = missing();
  if (shownHints === hints.join("\n")) return;
  shownHints = hints.join("\n");
  $("hints").hidden = hints.length === 0;
  $("hints").querySelector("ul").replaceChildren(...hints.map((hint) => {
    const item = document.createElement("li");
    hint.split("`").forEach((part, index) => {
      const node = document.createElement(index % 2 ? "code" : "span");
      node.textContent = part;
      item.append(node);
    });
    return item;
  }));
}

// MARK: What is pressed

for (const button of document.querySelectorAll("#commands button")) {
  // A beat is where the finger comes down, not where it leaves.
  const event = button.dataset.command === "tap" ? "pointerdown" : "click";
  const act = () => send({ do: "command", name: button.dataset.command });
  button.addEventListener(event, act);
  if (event !== "click") button.addEventListener("click", (click) => { if (click.detail === 0) act(); });
}
$("preset-form").addEventListener("submit", (event) => {
  event.preventDefault();
  send({ do: "preset", name: $("preset").value });
});

setPresent(null);
connect();
