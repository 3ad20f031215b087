// @ts-check
// The stations of a line, a tile each, grey while all is well.

import { icon, levelIcon } from "./icons.js";
import { asOf } from "./line-view.js";
import { has, number, say, sayCount, visible } from "./text.js";
import { ago, duration, nowMs } from "./time.js";
import { html, nothing, svg } from "./vendor/lit-html/lit-html.js";

/** @import {Scan, State, Station} from "./state.js" */

/** A station that is online reports at least this often, so older news than this is stale. */
const STALE_S = 20;

/** @param {Station} station */
export function isStale(station) {
  if (station.online !== true || station.as_of === null) return true;
  return nowMs() - Date.parse(station.as_of) > STALE_S * 1000;
}

/**
 * @param {State} state
 * @param {Station[]} stations
 * @param {string | undefined} zone
 */
export function stationsView(state, stations, zone) {
  return html`
    <h2 id="stations-title" class="apart">${say("stations")}</h2>
    ${
      stations.length
        ? html`<ul class="stations">
            ${stations.map((station) => stationView(station, zone))}
          </ul>`
        : html`<div class="empty tile">
            ${icon(state.link.up ? "reader" : "offline")}
            <p class="say">${say("no_stations")}</p>
            <p class="hint">${say(state.link.up ? "no_stations_do" : "no_stations_link")}</p>
          </div>`
    }
  `;
}

/**
 * @param {Station} station
 * @param {string | undefined} zone
 */
function stationView(station, zone) {
  const worst = worstOf(station);
  const sum = station.spark.reduce((total, pieces) => total + pieces, 0);
  return html`<li>
    <article
      class="tile station"
      id="station-${station.line}-${station.station}"
      aria-labelledby="name-${station.line}-${station.station}"
      data-level=${worst ? worst[0] : "normal"}
      data-stale=${isStale(station) ? "" : nothing}
    >
      <header>
        <h3 id="name-${station.line}-${station.station}"><bdi>${station.station}</bdi></h3>
        <p class="operation">
          <bdi>${visible(station.operation)}</bdi> <bdi>${visible(station.operation_name)}</bdi>
        </p>
        <p class="state">${stateView(station)}</p>
      </header>
      <p class="who" data-nobody=${station.operator ? nothing : ""}>
        ${
          station.operator
            ? html`<bdi>${visible(station.operator.name || station.operator.id)}</bdi>`
            : say("nobody")
        }
      </p>
      <p class="count">
        <strong data-value="pieces"
          >${station.pieces === null ? say("not_known") : number(station.pieces)}</strong
        >
        <span class="caption">${say("pieces")}</span>
      </p>
      <figure class="spark">
        <figcaption>${say("last_hour_short")}</figcaption>
        <div role="img" aria-label=${say("last_hour", { pieces: number(sum) })}>
          ${sparkView(station.spark)}
        </div>
      </figure>
      ${scanView(station.scan)}
      ${
        worst && worst[1] !== "refused"
          ? html`<p class="todo"><bdi>${advice(station, worst)}</bdi></p>`
          : nothing
      }
      <footer>
        ${devicesView(station)}
        <p class="as-of">${asOf(station.as_of, zone)}</p>
      </footer>
    </article>
  </li>`;
}

/** Readers and what waits to be sent; of an offline station neither is known. @param {Station} station */
function devicesView(station) {
  const isKnown = station.online === true;
  const isLate = station.attention.some(([, code]) => code === "backlog");
  const areUp = isKnown && station.readers.every(({ state }) => state === "up");
  const sent = station.unsent ? sayCount("unsent", station.unsent) : say("all_sent");
  return html`${
      areUp && station.readers.length
        ? html`<span class="device summary">${icon("check")}${say("readers_up")}</span>`
        : nothing
    }
    ${station.readers.map((reader) => {
      const isUp = reader.state === "up";
      const picture = !isKnown ? "dash" : isUp ? "check" : "cross";
      return html`<span class="device reader" data-level=${isKnown && !isUp ? "alarm" : "normal"}
        >${icon(picture)}<bdi>${visible(reader.name)}</bdi></span
      >`;
    })}
    <span class="device" data-level=${isLate ? "warn" : "normal"} data-value="unsent"
      >${icon(!isKnown ? "dash" : isLate ? "warning" : "queue")}${
        isKnown ? sent : say("unsent_unknown")
      }</span
    >`;
}

/** What the tile is marked for; a mere note is not worth it, except that nobody is there. @param {Station} station */
const worstOf = ({ attention }) =>
  attention.find(([level, code]) => level !== "note" || code === "offline");

/** One icon and one word for how the station is. @param {Station} station */
function stateView(station) {
  const worst = worstOf(station);
  if (worst) {
    const [level, code, detail] = worst;
    return html`${icon(code === "offline" ? "offline" : levelIcon[level])}<bdi
        >${
          code === "alarm" && has(`alarm.${detail}`)
            ? say(`alarm.${detail}`)
            : say(`attention.${code}`)
        }</bdi
      >`;
  }
  if (station.online === null) return html`${icon("dash")}${say("state.unheard")}`;
  if (isStale(station)) return html`${icon("clock")}${say("state.stale")}`;
  return html`${icon("check")}<span class="normal">${say("state.normal")}</span>`;
}

/**
 * @param {Station} station
 * @param {[string, string, string]} attention
 */
function advice(station, [, code, detail]) {
  if (code === "alarm" && has(`alarm.${detail}.do`)) return say(`alarm.${detail}.do`);
  const seconds = code === "clock" ? Number(detail) : station.oldest_unsent_s;
  return say(`do.${code}`, {
    detail: visible(detail),
    count: number(station.unsent),
    age: duration(seconds),
  });
}

/** @param {Scan | null} scan */
function scanView(scan) {
  if (scan === null) {
    return html`<p class="scan" data-outcome="none">${icon("dash")}${say("no_scan")}</p>`;
  }
  const isOk = scan.outcome === "ok";
  const what = isOk ? scan.bundle : scan.bundle || scan.label;
  const word = isOk ? say("scan.ok", { pieces: number(scan.pieces) }) : refusalWord(scan.reason);
  return html`<p class="scan" data-outcome=${scan.outcome}>
    ${icon(isOk ? "check" : "cross")}<span class="word">${word}</span>
    <bdi class="label">${visible(what)}</bdi><time>${ago(scan.at)}</time>
  </p>`;
}

/** What a refusal means, in a few words. @param {string} reason */
export const refusalWord = (reason) =>
  has(`refusal.${reason}`)
    ? say(`refusal.${reason}`)
    : say("refusal.other", { reason: visible(reason) });

/** Bars for the last hour, all on the scale of the busiest. @param {number[]} bars */
function sparkView(bars) {
  const most = Math.max(1, ...bars);
  return html`<svg viewBox="0 0 ${bars.length * 4 - 1} 24" preserveAspectRatio="none">
    ${bars.map((pieces, index) => {
      const height = pieces ? Math.max(2, (24 * pieces) / most) : 0.75;
      return svg`<rect x=${index * 4} y=${24 - height} width="3" height=${height}
        class=${pieces ? "some" : "none"} />`;
    })}
  </svg>`;
}
