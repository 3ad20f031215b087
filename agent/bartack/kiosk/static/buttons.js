// @ts-check
// The big buttons at the bottom: one touch each, found by their picture.

import { helpSign, sign } from "./signs.js";
import { html } from "./vendor/lit-html/lit-html.js";
import { clockTime, say } from "./words.js";

/** @import {Screen} from "./document.js" */
/** @import {Hands} from "./panels.js" */
/** @import {Sign} from "./signs.js" */

/** Whom each button calls, where the station can. @type {[string, string][]} */
const CALLS = [
  ["machine_down", "mechanic"],
  ["quality", "quality"],
  ["help", "supervisor"],
];

/**
 * @param {Screen} screen
 * @param {Hands} hands
 */
export function buttonsView(screen, hands) {
  const calls = CALLS.filter(([, kind]) => screen.choices.help.includes(kind));
  return html`<nav id="buttons">
    ${workButton(screen, hands)} ${calls.map(([key, kind]) => callButton(key, kind, screen, hands))}
    ${button("more", "more", say("screen.more"), () => hands.open({ name: "more" }))}
  </nav>`;
}

/**
 * @param {string} id
 * @param {Sign} name
 * @param {unknown} words
 * @param {() => void} onClick
 * @param {string} level
 */
const button = (id, name, words, onClick, level = "normal") =>
  html`<button data-button=${id} data-level=${level} @click=${onClick}>
    ${sign(name)}<span data-fit>${words}</span>
  </button>`;

/**
 * @param {Screen} screen
 * @param {Hands} hands
 */
function workButton({ standard, choices }, hands) {
  if (!standard.on) {
    const words = say("screen.end_off_standard");
    return button("back_to_work", "work", words, () => hands.press("off-end"), "warn");
  }
  const ask = () =>
    choices.reasons.length ? hands.open({ name: "reasons" }) : hands.press("off-start");
  return button("no_work", "pause", say("screen.no_work"), ask);
}

/**
 * @param {string} key
 * @param {string} kind
 * @param {Screen} screen
 * @param {Hands} hands
 */
function callButton(key, kind, { calls }, hands) {
  const call = calls.find((one) => one.kind === kind);
  if (!call) {
    return button(key, helpSign[kind], say(`screen.${key}`), () => hands.press("help", kind));
  }
  const words = say("screen.call_open", { time: clockTime(call.at) });
  return button(key, helpSign[kind], words, () => hands.open({ name: "call", kind }), "warn");
}
