// @ts-check
// The page: takes the station's documents, draws the newest, and sends what is touched.

import { buttonsView } from "./buttons.js";
import { kindOf, nowMs, setClock } from "./document.js";
import { fitAll } from "./fit.js";
import { askView, panelView } from "./panels.js";
import { isNews, resultView } from "./result.js";
import { sender } from "./sending.js";
import { sign } from "./signs.js";
import { keepOpen } from "./stream.js";
import { todayView } from "./today.js";
import { isAudible, sound, unlockOnTouch } from "./tones.js";
import { html, nothing, render } from "./vendor/lit-html/lit-html.js";
import { alarmsView, bundleView, headView, recentView } from "./work.js";
import { has, say, speak, text } from "./words.js";

/** @import {Screen} from "./document.js" */
/** @import {Hands, Panel} from "./panels.js" */

const DIGITS_MAX = 5;
const TICK_MS = 1000;
/** An older result makes no sound: it was heard, or belongs to a time when nobody listened. */
const SOUND_MS = 3000;

/** @type {Screen | null} */
let screen = null;
let isLive = false;
/** Whether this connection has brought a document: what another one brought may be old. */
let hasDocument = false;
let wasTried = false;
let isDue = false;
let isTrouble = false;
/** @type {Panel | null} */
let panel = null;
let typed = "";
let page = 0;
let shownPanel = "";

/** @param {string} id */
const place = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const acts = sender({
  onTrouble: (is) => {
    isTrouble = is;
    drawSoon();
  },
});

/** @type {Hands} */
const hands = {
  press: (command, argument = "", seq = null) => {
    if (!isLive || !acts.isSettled()) return;
    acts.send(command, argument, seq);
    drawSoon();
  },
  open: (wanted) => {
    if (!acts.isSettled()) return;
    panel = wanted;
    draw();
  },
  close: () => {
    if (!acts.isSettled()) return;
    panel = null;
    draw();
  },
  turn: (wanted) => {
    page = wanted;
    draw();
  },
  type: (digit) => {
    if (typed.length < DIGITS_MAX) typed = String(Number(typed + digit));
    draw();
  },
  erase: () => {
    typed = typed.slice(0, -1);
    draw();
  },
};

/** @param {Screen} next */
function take(next) {
  const isNew = next.number !== screen?.number;
  setClock(next.at);
  if (isNew) {
    if (screen) panel = null;
    announce(next);
  }
  if (isNew || next.asks?.needs !== screen?.asks?.needs) typed = "";
  screen = next;
  acts.hear(next.number);
  speak(next, relearnt);
}

/** Words that were fetched meanwhile. */
function relearnt() {
  if (screen) speak(screen, relearnt);
  drawSoon();
}

/** @param {Screen} next */
function announce({ result }) {
  if (result && nowMs() - Date.parse(result.at) < SOUND_MS) sound(kindOf(result));
}

/** Draw what is known; what cannot be drawn is not left standing as it was before. */
function draw() {
  isDue = false;
  try {
    drawAll(!isLive && wasTried);
  } catch (error) {
    console.error(error);
    isLive = false;
    wasTried = true;
    document.documentElement.toggleAttribute("data-lost", true);
    render(lostView(true), place("lost"));
  }
}

/** @param {boolean} isLost */
function drawAll(isLost) {
  document.documentElement.toggleAttribute("data-lost", isLost);
  render(isLost || !screen ? lostView(isLost) : nothing, place("lost"));
  if (screen && has("ok")) {
    document.title = text("screen.title", { station: screen.place.station });
    render(screenView(screen), place("screen"));
    drawPanel(screen, isLost);
    document.documentElement.dataset.number = String(screen.number);
  }
  fitAll();
}

/** @param {Screen} shown */
function screenView(shown) {
  return html`
    ${headView(shown, isAudible())} ${alarmsView(shown.alarms)}
    <main data-signed=${shown.operator !== null}>
      ${resultView(shown)} ${shown.operator ? bundleView(shown.bundle) : nothing}
      ${shown.operator ? todayView(shown) : nothing}
    </main>
    ${recentView(shown.recent, ({ seq }) => hands.open({ name: "record", seq }))}
    ${isTrouble ? html`<p id="trouble" role="alert">${sign("warning")}${say("screen.not_sent")}</p>` : nothing}
    ${buttonsView(shown, hands)}
  `;
}

/**
 * @param {Screen} shown
 * @param {boolean} isLost
 */
function drawPanel(shown, isLost) {
  const sheet = { typed, page, hands };
  if (shown.asks) panel = null;
  const name = shown.asks ? `${shown.asks.command} ${shown.asks.needs}` : JSON.stringify(panel);
  if (name !== shownPanel) page = sheet.page = 0;
  const view = shown.asks ? askView(shown, sheet) : panel ? panelView(panel, shown, sheet) : nothing;
  if (view === nothing) panel = null; // what it was about is gone
  render(view, place("panel"));
  place("screen").inert = view !== nothing || isLost;
  place("panel").inert = isLost;
  if (name !== shownPanel) {
    shownPanel = name;
    acts.settle();
    if (view !== nothing) place("panel-title").focus();
  }
}

/** @param {boolean} isLost */
function lostView(isLost) {
  const words = has("ok");
  if (!isLost) return html`<div>${sign("clock")}<p>${words ? say("screen.loading") : "…"}</p></div>`;
  return html`<div>
    ${sign("unplugged")}
    <p class="strong">${words ? say("screen.agent_lost") : "No connection to the station."}</p>
    <p>${words ? say("screen.agent_lost_do") : nothing}</p>
  </div>`;
}

function drawSoon() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(draw);
}

/** The number pad by keys, and Escape as the button that leaves. @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") {
    if (screen?.asks) hands.press("cancel");
    else if (panel) hands.close();
  }
  if (screen?.asks?.needs !== "pieces") return;
  if (/^[0-9]$/.test(event.key)) hands.type(event.key);
  else if (event.key === "Backspace") hands.erase();
  else if (event.key === "Enter" && typed && !(event.target instanceof HTMLButtonElement)) {
    hands.press("pieces", typed);
  }
}

keepOpen(
  "/stream",
  ["token", "document"],
  (name, message) => {
    hasDocument = name === "document";
    if (hasDocument) take(message);
    else acts.setToken(message.token);
    drawSoon();
  },
  (live) => {
    isLive = live && hasDocument;
    wasTried ||= !live;
    drawSoon();
  },
);
unlockOnTouch(drawSoon);
addEventListener("keydown", onKey);
// A finger that rests too long would open the browser's own menu.
addEventListener("contextmenu", (event) => event.preventDefault());
addEventListener("resize", drawSoon);
document.fonts.addEventListener("loadingdone", drawSoon);
setInterval(drawSoon, TICK_MS);
drawSoon();
