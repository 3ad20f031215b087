// @ts-check
// What the work of today comes to: pieces, money, target, and the guarantee.

import { sign } from "./signs.js";
import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { exact, money, number, say, text } from "./words.js";

/** @import {Guarantee, Screen, Today} from "./document.js" */

/** @param {Screen} screen */
export function todayView({ today, guarantee }) {
  return html`<section id="today" aria-label=${text("screen.today")}>
    <div class="sized" data-open=${today.held > 0 || today.disputed > 0}>
      ${earnedView(today)} ${guarantee ? guaranteeView(guarantee) : nothing}
      <div class="pair">${piecesView(today)} ${efficiencyView(today)}</div>
      ${openView(today)}
    </div>
  </section>`;
}

/** @param {Today} today */
const earnedView = ({ earned, predicted }) => html`
  <div class="earned">
    ${sign("coins")}
    <div>
      <p class="label" data-fit>${say("screen.earned")}</p>
      <p class="figure" data-value="earned" data-fit><bdi>${money(earned)}</bdi></p>
      ${predicted === null
        ? nothing
        : html`<p class="label" data-value="predicted" data-fit>
            ${say("screen.predicted")} <bdi class="strong">${money(predicted)}</bdi>
          </p>`}
    </div>
  </div>
`;

/** Pieces, and whether they are as many as are due by now. @param {Today} today */
function piecesView({ pieces, target_now: due }) {
  const isBehind = due !== null && pieces < due;
  return html`<div class="measure" data-level=${isBehind ? "behind" : "well"}>
    <p class="label" data-fit>${sign("shirt")}${say("screen.pieces")}</p>
    <p class="figure" data-value="pieces">
      ${due === null ? nothing : sign(isBehind ? "down" : "up")}<bdi>${number(pieces)}</bdi>
    </p>
    <p class="label" data-value="target-now" data-fit>
      ${due === null
        ? say("screen.target_none")
        : html`${say("screen.target_now")} <bdi class="strong">${number(due)}</bdi>`}
    </p>
  </div>`;
}

/** @param {Today} today */
function efficiencyView({ efficiency, target }) {
  return html`<div class="measure">
    <p class="label" data-fit>${sign("gauge")}${say("screen.efficiency")}</p>
    <p class="figure" data-value="efficiency">
      <bdi>${efficiency === null ? "–" : `${exact(efficiency)} %`}</bdi>
    </p>
    ${target === null
      ? nothing
      : html`<p class="label" data-value="target" data-fit>
          ${say("screen.target")} <bdi class="strong">${number(target)}</bdi>
        </p>`}
  </div>`;
}

const WIDTH = 100;

/**
 * Earned against guaranteed as a bar: full once the guarantee is reached, else with the make-up
 * hatched.
 * @param {Guarantee} guarantee
 */
function guaranteeView({ period, earned, guaranteed, make_up: makeUp }) {
  const whole = Math.max(Number(earned), Number(guaranteed), 0.01);
  const share = (Math.min(Number(earned), whole) / whole) * WIDTH;
  const limit = (Math.min(Number(guaranteed), whole) / whole) * WIDTH;
  const isReached = Number(makeUp) <= 0;
  const words = isReached ? text("screen.guarantee_reached") : text("screen.make_up");
  return html`<div class="guarantee" data-reached=${isReached}>
    <p>
      ${sign("shield")}<span class="label" data-fit>${say(`screen.guarantee_${period}`)}</span>
      <bdi class="strong" data-value="guaranteed">${money(guaranteed)}</bdi>
    </p>
    <svg
      viewBox="0 0 ${WIDTH} 10"
      preserveAspectRatio="none"
      role="img"
      aria-label="${text(`screen.guarantee_${period}`)}: ${money(earned)} / ${money(guaranteed)}"
    >
      <defs>
        <pattern id="hatch" width="2.4" height="10" patternUnits="userSpaceOnUse">
          <path class="hatch" d="M-0.6 10L1.8 0M1.8 10L4.2 0" />
        </pattern>
      </defs>
      <rect class="track" width=${WIDTH} height="10" />
      <rect class="gap" x=${share} width=${Math.max(0, limit - share)} height="10" />
      <rect class="got" width=${share} height="10" />
    </svg>
    <p>
      ${sign(isReached ? "check" : "up")}<span class="label" data-fit>${words}</span>
      ${isReached
        ? nothing
        : html`<bdi class="strong" data-value="make-up">${money(makeUp)}</bdi>`}
    </p>
  </div>`;
}

/** What is not settled yet. @param {Today} today */
function openView(today) {
  /** @type {[number, import("./signs.js").Sign, string, Record<string, string>][]} */
  const rows = [
    [today.held, "held", "held_bundles", { bundles: number(today.held) }],
    [today.disputed, "dispute", "disputed_pieces", { pieces: number(today.disputed) }],
  ];
  const open = rows.filter(([count]) => count > 0);
  if (open.length === 0) return nothing;
  return html`<ul class="open">
    ${open.map(([, name, key, values]) => html`<li>${sign(name)}${say(`screen.${key}`, values)}</li>`)}
  </ul>`;
}
