// @ts-check
// The big tile: what became of the last scan or touch, in colour, icon, border and words.

import { kindOf, nowMs } from "./document.js";
import { sign } from "./signs.js";
import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { clockTime, has, number, say } from "./words.js";

/** @import {Result, Screen} from "./document.js" */
/** @import {Sign} from "./signs.js" */

/** A result is news for this long; then the tile is quiet and only says what the last one was. */
const NEWS_MS = 8000;

/** @type {Record<string, Sign>} */
const kindIcon = { ok: "check", info: "info", held: "held", asks: "asks", refused: "cross" };

/**
 * What stands in the places of a result's sentence.
 * @param {Result} result
 * @param {Screen} screen
 */
function values(result, screen) {
  const { details } = result;
  return {
    ...details,
    name: details.name ?? screen.operator?.name,
    operator: details.operator ?? screen.operator?.operator,
    bundle: result.bundle ?? details.bundle,
    operation: result.operation ?? details.operation,
    pieces: number(result.pieces ?? details.pieces),
    pieces_left: number(details.pieces_left),
    done_name: details.done_name || details.done_by,
    done_at: details.done_at ? clockTime(details.done_at) : undefined,
  };
}

/**
 * The sentence of a result.
 * @param {Result} result
 * @param {Screen} screen
 */
export function sentenceOf(result, screen) {
  const key = result.reason === null ? result.outcome : `${result.outcome}.${result.reason}`;
  return say(has(key) ? key : `screen.result_${kindOf(result)}`, values(result, screen));
}

/** @param {Result} result */
export const isNews = (result) => nowMs() - Date.parse(result.at) < NEWS_MS;

/**
 * Flags of work that is counted but marked: said once, the first with words, all with their sign.
 * @param {Result} result
 * @param {Screen} screen
 */
function flagsView(result, screen) {
  if (result.flags.length === 0) return nothing;
  return html`<p class="flags">
    ${result.flags.map(
      (flag) => html`<span>${sign("warning")}${say(`flag.${flag}`, values(result, screen))}</span>`,
    )}
  </p>`;
}

/** @param {Screen} screen */
export function resultView(screen) {
  const { result, operator } = screen;
  if (result && isNews(result)) return newsView(result, screen);
  const [icon, key] = operator ? ["ticket", "scan_bundle"] : ["badge", "show_badge"];
  return html`<section id="result" data-kind="quiet">
    <div class="big">${sign(/** @type {Sign} */ (icon))}</div>
    <div class="words">
      <p class="sentence" data-fit>${say(`screen.${key}`)}</p>
      ${result ? lastView(result, screen) : nothing}
    </div>
  </section>`;
}

/**
 * @param {Result} result
 * @param {Screen} screen
 */
function newsView(result, screen) {
  const kind = kindOf(result);
  return html`<section id="result" data-kind=${kind} role="status">
    <div class="big">${sign(kindIcon[kind])}</div>
    <div class="words">
      ${result.reason === "held" || kind === "refused"
        ? html`<p class="kind">${say(`screen.result_${kind}`)}</p>`
        : nothing}
      <p class="sentence" data-fit>${sentenceOf(result, screen)}</p>
      ${flagsView(result, screen)}
    </div>
  </section>`;
}

/**
 * @param {Result} result
 * @param {Screen} screen
 */
function lastView(result, screen) {
  const kind = kindOf(result);
  return html`<p class="last" data-kind=${kind}>
    <span>${sign(kindIcon[kind])}<time>${clockTime(result.at)}</time></span>
    <span>${sentenceOf(result, screen)}</span>
  </p>`;
}
