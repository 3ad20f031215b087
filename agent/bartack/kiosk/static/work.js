// @ts-check
// Who is here, which bundle, which state, the last five, and the link to the rest of the factory.

import { nowMs } from "./document.js";
import { kindSign, sign } from "./signs.js";
import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { clockTime, exact, initials, money, number, say, text } from "./words.js";

/** @import {Bundle, Recent, Screen, Standard} from "./document.js" */

/**
 * @param {Screen} screen
 * @param {boolean} isAudible
 */
export function headView(screen, isAudible) {
  const { operator, place } = screen;
  return html`<header id="head">
    <div class="who">
      <span class="face" aria-hidden="true">
        <span data-fit>${operator ? initials(operator.name) : sign("badge")}</span>
      </span>
      ${operator
        ? html`<p>
            <bdi class="name">${operator.name}</bdi>
            <span class="label">${sign("clock")}<bdi>${clockTime(operator.since)}</bdi></span>
          </p>`
        : html`<p class="name">${say("screen.title", { station: place.station })}</p>`}
    </div>
    ${operator ? standardView(screen.standard) : nothing}
    ${isAudible
      ? nothing
      : html`<button class="sound" aria-label=${text("screen.turn_sound_on")}>
          ${sign("silent")}
        </button>`}
    ${linkView(screen.link)}
    <p class="where">
      <time>${clockTime(nowMs())}</time>
      <bdi class="label">${place.line} ${place.station}</bdi>
    </p>
  </header>`;
}

/** @param {Standard} standard */
function standardView(standard) {
  if (standard.on) {
    return html`<p class="chip" data-level="normal">${sign("work")}${say("screen.on_standard")}</p>`;
  }
  const since = Date.parse(standard.since ?? "");
  const minutes = number(Math.max(0, Math.floor((nowMs() - since) / 60_000)));
  const approved = standard.approved ? "approved" : "not_approved";
  const state = standard.approved === null ? "waiting_approval" : approved;
  return html`<p class="chip" data-level="warn" id="off-standard">
    ${sign("pause")}<span>
      <span class="cause"
        ><bdi>${standard.name || standard.code}</bdi>
        <b>${say("screen.minutes", { minutes })}</b></span
      >
      <small>${say(`screen.${state}`)}</small>
    </span>
  </p>`;
}

/** @param {Screen["link"]} link */
function linkView({ online, unsent }) {
  if (online) {
    return html`<p class="chip" id="link" data-level="normal">
      ${sign("online")}${unsent > 0
        ? say("screen.unsent", { unsent: number(unsent) })
        : say("screen.online")}
    </p>`;
  }
  return html`<p class="chip" id="link" data-level="warn">
    ${sign("offline")}<span>${say("screen.offline_saved", { unsent: number(unsent) })}</span>
  </p>`;
}

/** @param {string[]} alarms */
export const alarmsView = (alarms) =>
  alarms.length === 0
    ? nothing
    : html`<ul id="alarms">
        ${alarms.map((code) => html`<li>${sign("warning")}<span data-fit>${say(`alarm.${code}`)}</span></li>`)}
      </ul>`;

/** @param {Bundle | null} bundle */
export function bundleView(bundle) {
  if (bundle === null) {
    return html`<section id="bundle" class="none">
      ${sign("ticket")}
      <p>${say("screen.bundle_none")}</p>
    </section>`;
  }
  return html`<section id="bundle" aria-label=${text("screen.bundle")}>
    ${sign("ticket")}
    <p class="id" data-fit><bdi>${bundle.bundle}</bdi></p>
    <p class="count">
      ${sign("shirt")}<bdi>${number(bundle.pieces)}</bdi>
      <span class="apart">${say("screen.pieces")}</span>
    </p>
    <p class="goods">
      <bdi>${bundle.style}</bdi> · <bdi>${bundle.size}</bdi> · <bdi>${bundle.colour}</bdi>
    </p>
    <p class="operation">
      ${sign("operation")}<bdi>${bundle.operation}</bdi>
      <bdi class="task">${bundle.operation_name}</bdi>
    </p>
    <p class="rate">
      ${sign("coins")}<bdi class="strong">${money(bundle.rate)}</bdi>
      ${say(`screen.per_${bundle.unit}`)}
    </p>
  </section>`;
}

/**
 * @param {Recent[]} recent
 * @param {(row: Recent) => void} onOpen
 */
export function recentView(recent, onOpen) {
  return html`<section id="recent" aria-label=${text("screen.last_five")}>
    ${recent.length === 0
      ? html`<p class="none">${say("screen.last_none")}</p>`
      : html`<ol>
          ${recent.slice(0, 5).map((row) => html`<li>${rowView(row, onOpen)}</li>`)}
        </ol>`}
  </section>`;
}

/** @param {Recent} row */
export const rowSign = (row) =>
  row.state === "disputed" ? "dispute" : row.state === "voided" ? "undo" : kindSign[row.kind];

/**
 * @param {Recent} row
 * @param {(row: Recent) => void} onOpen
 */
function rowView(row, onOpen) {
  return html`<button
    data-seq=${row.seq}
    data-state=${row.state}
    @click=${() => onOpen(row)}
  >
    <span class="apart">${text(`screen.kind_${row.kind}`)}, ${text(`state.${row.state}`)}</span>
    <span class="when">${sign(rowSign(row) ?? "check")}<time>${clockTime(row.at)}</time></span>
    <span class="text">
      <bdi class="id">${row.bundle ?? text(`screen.kind_${row.kind}`)}</bdi>
      <span class="more">
        ${row.pieces === null ? nothing : html`<bdi>× ${number(row.pieces)}</bdi>`}
        ${row.earned === null ? nothing : html`<bdi class="strong">${exact(row.earned)}</bdi>`}
      </span>
    </span>
  </button>`;
}
