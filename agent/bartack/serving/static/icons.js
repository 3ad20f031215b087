// @ts-check
// The few pictures on our pages: one shape a meaning, drawn in the colour of the text around it.

import { html, svg } from "./vendor/lit-html/lit-html.js";

export const shapes = {
  check: svg`<path d="M4 12.5l5 5L20 6.5"/>`,
  cross: svg`<path d="M6 6l12 12M18 6L6 18"/>`,
  warning: svg`<path d="M12 3.5L22 20.5H2z"/><path d="M12 10v5M12 17.8v.2"/>`,
  alarm: svg`<path d="M8 2.5h8l5.5 5.5v8L16 21.5H8L2.5 16V8z"/><path d="M12 7v6M12 16.5v.2"/>`,
  offline: svg`<path d="M3 3l18 18M5 9.5a12 12 0 0 1 3-2M12 6a12 12 0 0 1 7.5 4M8 13.5a7 7 0 0 1 4-1.5M12 18.5v.2"/>`,
  person: svg`<circle cx="12" cy="8" r="4"/><path d="M4 21c1-5 4-7 8-7s7 2 8 7"/>`,
  clock: svg`<circle cx="12" cy="12" r="9"/><path d="M12 7v5.5l3.5 2"/>`,
  queue: svg`<path d="M12 20V9M7 13.5L12 8.5l5 5M4 4h16"/>`,
  link: svg`<path d="M9 15l6-6M10.5 7l2-2a4.6 4.6 0 0 1 6.5 6.5l-2 2M13.5 17l-2 2A4.6 4.6 0 0 1 5 12.5l2-2"/>`,
  reader: svg`<path d="M4 7V5h4M16 5h4v2M20 17v2h-4M8 19H4v-2M8 9v6M11 9v6M13.5 9v6M16 9v6"/>`,
  down: svg`<path d="M12 4v15M6 13l6 6 6-6"/>`,
  dash: svg`<path d="M5 12h14"/>`,
  seam: svg`<path d="M3 7.5l4.5 9 4.5-9 4.5 9 4.5-9M2.5 3.5h19M2.5 20.5h19"/>`,
};

/** @typedef {keyof typeof shapes} Icon */

/** The icon of each level of attention. @type {Record<string, Icon>} */
export const levelIcon = { alarm: "alarm", warn: "warning", note: "dash" };

/** @param {Icon} name */
export const icon = (name) =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${shapes[name]}</svg>`;
