// @ts-check
// The pictures of the operator's screen, so that it can be used without reading.

import { shapes as common } from "./icons.js";
import { html, svg } from "./vendor/lit-html/lit-html.js";

const shapes = {
  ...common,
  operation: common.seam,
  info: svg`<circle cx="12" cy="12" r="9"/><path d="M8 12.5l3 3 5.5-6.5"/>`,
  held: svg`<path d="M6 3h12M6 21h12M7.5 3c0 5 4.5 6 4.5 9s-4.5 4-4.5 9M16.5 3c0 5-4.5 6-4.5 9s4.5 4 4.5 9"/>`,
  asks: svg`<circle cx="12" cy="12" r="9"/><path d="M9 9.500a3 3 0 1 1 4.5 2.600c-1 .6-1.5 1.2-1.5 2.200M12 17.500v.1"/>`,
  badge: svg`<rect x="4" y="6" width="16" height="15" rx="2"/><path d="M12 2.500v5M9.5 7.500h5"/><circle cx="12" cy="13" r="2.3"/><path d="M7.8 18.500c.7-2 2.2-3 4.2-3s3.5 1 4.2 3"/>`,
  ticket: svg`<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M7 9v6M10 9v6M13 9v6M15 9v6M17.5 9v6"/>`,
  work: svg`<path d="M3 20h18M5 20v-4h5M19 20V6.500A2.5 2.5 0 0 0 16.5 4H6v5M4 9h4v3H4zM6 12v3M8 9h8"/>`,
  pause: svg`<circle cx="12" cy="12" r="9"/><path d="M9.5 8.500v7M14.5 8.500v7"/>`,
  machine: svg`<path d="M14.5 6.500a4.5 4.5 0 0 0-6 5.800L3 17.8 6.2 21l5.5-5.500a4.5 4.5 0 0 0 5.8-6l-2.7 2.7-3-3z"/>`,
  quality: svg`<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.500L21 21M7.8 10.700l2 2 3.5-4"/>`,
  hand: svg`<path d="M7 12V5.500a1.5 1.5 0 0 1 3 0V11M10 10.500V4a1.5 1.5 0 0 1 3 0v6.500M13 10.500V5a1.5 1.5 0 0 1 3 0v7M16 12V8a1.5 1.5 0 0 1 3 0v6.500c0 4-2.5 6.5-6 6.5-3.2 0-4.6-1.3-6-4L4.5 13c.8-1.3 2-1.3 2.5-.5"/>`,
  more: svg`<circle cx="5" cy="12" r="1.2"/><circle cx="12" cy="12" r="1.2"/><circle cx="19" cy="12" r="1.2"/>`,
  split: svg`<path d="M12 21v-7M12 14L5 7M12 14l7-7M5 12V7h5M14 7h5v5"/>`,
  shared: svg`<circle cx="8" cy="8" r="3"/><circle cx="16" cy="8" r="3"/><path d="M2.5 19c.5-4 2.5-6 5.5-6s5 2 5.5 6M13 13.800c3.8-2 8 .2 8.5 5.2"/>`,
  defect: svg`<path d="M8 3l4 2.500L16 3l5 4-2.5 3.500L17 9.500V21H7V9.500l-1.5 1L3 7z"/><path d="M10 12l4 4M14 12l-4 4"/>`,
  repair: svg`<path d="M20 12a8 8 0 1 1-2.5-5.800M18 2.500v4h-4"/><path d="M9 12l2.5 2.500L16 10"/>`,
  correct: svg`<path d="M4 20l1-4.500L16 4.500l3.5 3.500L8.5 19zM14 6.500l3.5 3.5"/>`,
  approve: svg`<circle cx="9" cy="8" r="4"/><path d="M2.5 20c.7-4.5 3-6.5 6.5-6.5 1.5 0 2.8.4 3.8 1M14 18l2.5 2.500L21.5 15"/>`,
  reject: svg`<circle cx="9" cy="8" r="4"/><path d="M2.5 20c.7-4.5 3-6.5 6.5-6.5 1.5 0 2.8.4 3.8 1M15 15.500l5.5 5.500M20.5 15.500L15 21"/>`,
  "sign-out": svg`<path d="M13 4H5v16h8M10 12h11M17 8l4 4-4 4"/>`,
  undo: svg`<path d="M8 4.500L3.5 9 8 13.500M3.5 9H14a6 6 0 0 1 0 12H9"/>`,
  dispute: svg`<path d="M4 4h16v12h-9l-4.5 4.500V16H4z"/><path d="M12 6.800v4M12 13v.2"/>`,
  back: svg`<path d="M11 5l-7 7 7 7M4 12h16"/>`,
  next: svg`<path d="M13 5l7 7-7 7M20 12H4"/>`,
  erase: svg`<path d="M8.5 5H21v14H8.500L2.5 12zM12 9.500l5 5M17 9.500l-5 5"/>`,
  online: svg`<path d="M2.5 9a14 14 0 0 1 19 0M6 12.500a9 9 0 0 1 12 0M9.3 16a4.2 4.2 0 0 1 5.4 0M12 19.500v.2"/>`,
  unplugged: svg`<path d="M9 3v5M15 3v5M6.5 8h11v3.500a5.5 5.5 0 0 1-11 0zM12 17v4M3 3l18 18"/>`,
  silent: svg`<path d="M4 9.500v5h4l5 4.500V5L8 9.500zM16.5 9.500l5 5M21.5 9.500l-5 5"/>`,
  coins: svg`<ellipse cx="12" cy="6.5" rx="7.5" ry="3"/><path d="M4.5 6.500v5.500c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3V6.500M4.5 12v5.500c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3V12"/>`,
  shirt: svg`<path d="M8 3c1 2.5 7 2.5 8 0l5.5 4.5-3 3.500L17 10v11H7V10l-1.5 1-3-3.500z"/>`,
  gauge: svg`<path d="M3.5 17a9 9 0 1 1 17 0M12 14.500l4-6"/><circle cx="12" cy="15" r="1.2"/>`,
  shield: svg`<path d="M12 2.500l8 3v6c0 5-3.3 8.3-8 10-4.7-1.7-8-5-8-10v-6z"/>`,
  up: svg`<path d="M12 20V5M6 11l6-6 6 6"/>`,
  previous: svg`<path d="M20 4v16M16 12H4M9 7l-5 5 5 5"/>`,
  cutting: svg`<circle cx="6" cy="17.5" r="2.8"/><circle cx="18" cy="17.5" r="2.8"/><path d="M8 15.500L17 3M16 15.500L7 3"/>`,
  gear: svg`<circle cx="12" cy="12" r="3"/><path d="M12 2.500v4M12 17.500v4M2.5 12h4M17.5 12h4M5.3 5.300l2.8 2.800M15.9 15.900l2.8 2.800M18.7 5.300l-2.8 2.800M8.1 15.900l-2.8 2.8"/>`,
};

/** @typedef {keyof typeof shapes} Sign */

/** @param {Sign} name */
export const sign = (name) =>
  html`<svg class="icon" data-sign=${name} viewBox="0 0 24 24" aria-hidden="true">${shapes[name]}</svg>`;

/** Each kind of help, owner of a fault, and row of the last five has its picture. */
/** @type {Record<string, Sign>} */
export const helpSign = { mechanic: "machine", quality: "quality", supervisor: "hand" };
/** @type {Record<string, Sign>} */
export const ownerSign = {
  operator: "person",
  previous: "previous",
  cutting: "cutting",
  machine: "gear",
};
/** @type {Record<string, Sign>} */
export const kindSign = {
  done: "check",
  held: "held",
  refused: "cross",
  void: "undo",
  offstandard: "pause",
  defect: "defect",
  repair: "repair",
};

const marks = [
  svg`<circle cx="12" cy="12" r="9"/>`,
  svg`<rect x="4" y="4" width="16" height="16"/>`,
  svg`<path d="M12 2.500L22 20.500H2z"/>`,
  svg`<path d="M12 1.500L22.5 12 12 22.5 1.5 12z"/>`,
  svg`<path d="M8 2.500h8v5.500h5.500v8H16v5.500H8V16H2.500V8H8z"/>`,
  svg`<path d="M7 3h10l5 9-5 9H7l-5-9z"/>`,
];
const MARK_COLOURS = 5;

/**
 * A shape and colour for a code that a site made up: the same wherever it stands, so that it is found
 * again without reading. Codes that count up differ for thirty in a row.
 * @param {string} code
 */
export function mark(code) {
  let sum = 0;
  for (const letter of code) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  const shape = marks[sum % marks.length];
  const colour = sum % MARK_COLOURS;
  return html`<svg class="mark" data-colour=${colour} viewBox="0 0 24 24" aria-hidden="true">${shape}</svg>`;
}
