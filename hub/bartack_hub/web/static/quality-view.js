// @ts-check
// How far the numbers on the page can be trusted: what is missing, waiting or unsure.

import { icon } from "./icons.js";
import { number, say, sayCount } from "./text.js";
import { html } from "./vendor/lit-html/lit-html.js";

/** @import {Icon} from "./icons.js" */
/** @import {State, Station} from "./state.js" */

/**
 * @param {State} state
 * @param {Station[]} stations
 */
export function qualityView(state, stations) {
  const findings = [linkFinding(state)];
  if (stations.length) {
    findings.push(
      onlineFinding(stations),
      unsentFinding(stations),
      readersFinding(stations),
      clocksFinding(stations),
    );
  }
  if (state.unreadable) {
    findings.push(["warning", "warn", sayCount("quality.unreadable", state.unreadable)]);
  }
  return html`<h2 class="apart">${say("quality")}</h2>
    <ul>
      ${findings.map(
        ([picture, level, sentence]) =>
          html`<li data-level=${level}>${icon(picture)}<bdi>${sentence}</bdi></li>`,
      )}
    </ul>`;
}

/** @typedef {[Icon, string, string]} Finding icon, level, sentence */

/** @param {State} state @returns {Finding} */
function linkFinding(state) {
  return state.link.up
    ? ["link", "normal", say("quality.link.up")]
    : ["alarm", "alarm", say("quality.link.down", { detail: state.link.detail })];
}

/** @param {Station[]} stations @returns {Finding} */
function onlineFinding(stations) {
  const offline = stations.filter((station) => station.online !== true);
  if (!offline.length) {
    const count = number(stations.length);
    return ["check", "normal", say("quality.online", { online: count, count })];
  }
  const isWanted = offline.some(({ attention }) => attention[0]?.[0] === "alarm");
  const values = { count: number(offline.length), stations: names(offline) };
  return ["offline", isWanted ? "alarm" : "normal", say("quality.offline", values)];
}

/** @param {Station[]} stations @returns {Finding} */
function unsentFinding(stations) {
  const late = withAttention(stations, "backlog");
  const unsent = stations.reduce((sum, station) => sum + station.unsent, 0);
  if (late.length) {
    const values = { count: number(unsent), stations: names(late) };
    return ["warning", "warn", say("quality.backlog", values)];
  }
  return ["queue", "normal", unsent ? sayCount("quality.unsent", unsent) : say("quality.sent")];
}

/** @param {Station[]} stations @returns {Finding} */
function readersFinding(stations) {
  const down = withAttention(stations, "reader_down");
  if (down.length)
    return ["alarm", "alarm", say("quality.readers_down", { stations: names(down) })];
  const troubled = withAttention(stations, "reader_trouble");
  return troubled.length
    ? ["warning", "warn", say("quality.readers_troubled", { stations: names(troubled) })]
    : ["reader", "normal", say("quality.readers")];
}

/** @param {Station[]} stations @returns {Finding} */
function clocksFinding(stations) {
  const wrong = withAttention(stations, "clock", "warn");
  if (wrong.length)
    return ["warning", "warn", say("quality.clocks_off", { stations: names(wrong) })];
  const unsure = withAttention(stations, "clock");
  return unsure.length
    ? ["clock", "normal", sayCount("quality.clocks_unsure", unsure.length)]
    : ["clock", "normal", say("quality.clocks")];
}

/**
 * @param {Station[]} stations
 * @param {string} code
 * @param {string} [level]
 */
const withAttention = (stations, code, level) =>
  stations.filter(({ attention }) =>
    attention.some((found) => found[1] === code && (level === undefined || found[0] === level)),
  );

/** A few ids, the rest as a number. @param {Station[]} stations */
function names(stations) {
  const few = stations.slice(0, 5).map(({ station }) => station);
  const rest = stations.length - few.length;
  return few.join(", ") + (rest > 0 ? ` +${rest}` : "");
}
