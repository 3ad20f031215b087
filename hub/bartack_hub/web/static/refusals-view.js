// @ts-check
// The scans that did not count, newest first, each with what to do about it.

import { icon } from "./icons.js";
import { refusalWord } from "./station-view.js";
import { has, say, visible } from "./text.js";
import { ago, clockTime } from "./time.js";
import { html, nothing } from "./vendor/lit-html/lit-html.js";

/** @import {Refusal} from "./state.js" */

/**
 * @param {Refusal[]} refusals
 * @param {string | undefined} zone
 */
export function refusalsView(refusals, zone) {
  return html`
    <h2 id="refusals-title">${say("refusals")}</h2>
    ${
      refusals.length
        ? html`<ol tabindex="0" aria-labelledby="refusals-title">
            ${refusals.map((refusal) => refusalView(refusal, zone))}
          </ol>`
        : html`<p class="none">${icon("check")}${say("no_refusals")}</p>`
    }
  `;
}

/**
 * @param {Refusal} refusal
 * @param {string | undefined} zone
 */
function refusalView(refusal, zone) {
  const person = refusal.operator;
  return html`<li data-id=${refusal.id}>
    <p class="what">
      ${icon("cross")}<strong>${refusalWord(refusal.reason)}</strong>
      <time title=${ago(refusal.at)}>${clockTime(Date.parse(refusal.at), zone)}</time>
    </p>
    <p class="todo"><bdi>${advice(refusal, zone)}</bdi></p>
    <p class="where">
      <bdi class="station-id">${refusal.station}</bdi>
      <bdi>${person ? visible(person.name || person.id) : say("nobody_short")}</bdi>
      ${refusal.label ? html`<bdi class="label">${visible(refusal.label)}</bdi>` : nothing}
    </p>
  </li>`;
}

/**
 * What to do about it; of work that counts already, whose it was.
 * @param {Refusal} refusal
 * @param {string | undefined} zone
 */
function advice({ reason, done_by, done_at }, zone) {
  if (done_by && done_at) {
    const person = visible(done_by.name || done_by.id);
    const text = has(`refusal.${reason}.by`) ? `refusal.${reason}.by` : "refusal.already_done.by";
    return say(text, { person, time: clockTime(Date.parse(done_at), zone) });
  }
  return say(has(`refusal.${reason}.do`) ? `refusal.${reason}.do` : "refusal.other.do");
}
