// @ts-check
// The page: takes what the hub says, and shows the chosen line of it.

import { charts } from "./charts.js";
import { icon } from "./icons.js";
import { headerView, lineView } from "./line-view.js";
import { qualityView } from "./quality-view.js";
import { refusalsView } from "./refusals-view.js";
import { apply, chosenLine, stationsOf } from "./state.js";
import { stationsView } from "./station-view.js";
import { keepOpen } from "./stream.js";
import { say } from "./text.js";
import { clockTime, setServerTime } from "./time.js";
import { html, nothing, render } from "./vendor/lit-html/lit-html.js";

/** @import {State} from "./state.js" */

/** @type {State | null} */
let state = null;
let isLive = false;
let triedOnce = false;
let isDue = false;

/** @param {string} id */
const place = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const showCharts = charts();

function draw() {
  isDue = false;
  const chosen = state ? chosenLine(state, location.hash) : "";
  const line = state?.lines[chosen];
  document.documentElement.toggleAttribute("data-lost", !isLive && (triedOnce || state !== null));
  render(bannerView(line?.timezone), place("banner"));
  render(headerView(state, chosen), place("header"));
  place("main").hidden = place("quality").hidden = state === null;
  if (state === null) return;
  const stations = stationsOf(state, chosen);
  document.title = line ? `${chosen} · Bartack` : "Bartack";
  place("main").toggleAttribute("data-no-plan", !line?.shift);
  place("line").hidden = place("refusals").hidden = !line;
  if (line) {
    render(lineView(line), place("line"));
    showCharts(line, Date.parse(state.at));
    render(refusalsView(state.refusals[chosen] ?? [], line.timezone), place("refusals"));
  }
  render(stationsView(state, stations, line?.timezone), place("stations"));
  arrange(place("stations"), stations.length);
  render(qualityView(state, stations), place("quality"));
}

const TIGHT_REM = 17;
const SHORT_PX = 620;
const MANY = 18;

/**
 * Fit the tiles to the screen: how many stand beside each other, and how much each says.
 * @param {HTMLElement} stations
 * @param {number} count
 */
function arrange(stations, count) {
  const isShort = innerHeight <= SHORT_PX && innerWidth >= 700;
  const wanted = count <= 6 || count === 9 ? 3 : count <= 12 ? 4 : count <= 15 ? 5 : 6;
  const columns = isShort ? Math.min(wanted, 4) : wanted;
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const isNarrow = innerWidth >= 1150 && stations.clientWidth / columns < TIGHT_REM * rem;
  stations.style.setProperty("--columns", String(columns));
  stations.style.setProperty("--rows", String(Math.ceil(count / columns)));
  stations.toggleAttribute("data-tight", isShort || isNarrow);
  stations.toggleAttribute("data-many", isNarrow && count > MANY);
}

/** @param {string | undefined} zone */
function bannerView(zone) {
  if (isLive) return nothing;
  if (state === null) return triedOnce ? html`${icon("offline")}${say("never")}` : say("loading");
  const time = clockTime(Date.parse(state.at), zone);
  return html`${icon("offline")}<strong>${say("lost", { time })}</strong> ${say("lost_do")}`;
}

function drawSoon() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(draw);
}

keepOpen(
  "/api/stream",
  ["snapshot", "patch"],
  (name, message) => {
    state = apply(state, name, message);
    setServerTime(message.at);
    drawSoon();
  },
  (live) => {
    isLive = live;
    triedOnce = true;
    drawSoon();
  },
);
addEventListener("hashchange", drawSoon);
addEventListener("resize", drawSoon);
setInterval(drawSoon, 1000);
drawSoon();
