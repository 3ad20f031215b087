// @ts-check
// The line: who it is, and how its output stands against the target.

import { icon } from "./icons.js";
import { inOrder } from "./state.js";
import { number, say, sayCount } from "./text.js";
import { clockTime, nowMs } from "./time.js";
import { html, nothing } from "./vendor/lit-html/lit-html.js";

/** @import {Icon} from "./icons.js" */
/** @import {Line, State} from "./state.js" */

/** @type {Record<string, [Icon, string]>} icon and level of each pace */
const paces = {
  no_data: ["dash", "normal"],
  no_target: ["dash", "normal"],
  ahead: ["check", "normal"],
  on_target: ["check", "normal"],
  behind: ["warning", "warn"],
  far_behind: ["alarm", "alarm"],
};

/**
 * The strip on top: site, lines to choose from, shift, clock.
 * @param {State | null} state
 * @param {string} chosen
 */
export function headerView(state, chosen) {
  const line = state?.lines[chosen];
  const lines = state ? inOrder(Object.keys(state.lines)) : [];
  return html`
    <span class="brand">${icon("seam")}<span>Bartack</span></span>
    ${state ? html`<span class="site">${say("site", { site: state.site })}</span>` : nothing}
    ${
      lines.length > 1
        ? html`<nav aria-label=${say("lines")}>
            ${lines.map(
              (id) =>
                html`<a href="#${id}" aria-current=${id === chosen ? "page" : nothing}
                  ><bdi>${id}</bdi></a
                >`,
            )}
          </nav>`
        : nothing
    }
    ${line?.shift ? shiftView(line) : nothing}
    <time class="clock" aria-label=${say("clock")}
      >${state ? clockTime(nowMs(), line?.timezone) : nothing}</time
    >
  `;
}

/** @param {Line} line */
function shiftView(line) {
  const shift = /** @type {import("./state.js").Shift} */ (line.shift);
  const [start, end] = [shift.start, shift.end].map((at) =>
    clockTime(Date.parse(at), line.timezone, false),
  );
  return html`<span class="shift"
    >${say("shift", { start, end })}<span class="phase">${say(`phase.${shift.phase}`)}</span></span
  >`;
}

/**
 * The big tile of the line.
 * @param {Line} line
 */
export function lineView(line) {
  if (!line.shift) {
    return html`${titleView(line)}
      <p class="say">${say("no_plan")}</p>
      <p class="hint">${say("no_plan_do", { line: line.line })}</p>
      ${factsView(line)} ${notesView(line)}`;
  }
  const gap = line.output - line.target_now;
  const length = [line.output, line.target_now, gap].map((value) => number(value)).join("").length;
  const [picture, level] = paces[line.pace] ?? paces.no_target;
  return html`
    ${titleView(line)}
    <div class="score" data-long=${length > 12 ? "" : nothing}>
      <p class="output">
        <span class="caption">${say("finished")}</span>
        <strong data-value="output">${number(line.output)}</strong>
      </p>
      <dl>
        <div>
          <dt>${say("target_now")}</dt>
          <dd data-value="target-now">${number(line.target_now)}</dd>
        </div>
        <div data-level=${level}>
          <dt>${say("gap")}</dt>
          <dd data-value="gap">${signed(gap)}</dd>
          <dd class="word">${icon(picture)}${say(`pace.${line.pace}`)}</dd>
        </div>
      </dl>
    </div>
    ${progressView(line)} ${factsView(line)} ${notesView(line)}
  `;
}

/** @param {Line} line */
const titleView = (line) =>
  html`<div class="title">
    <h1 id="line-title"><bdi>${say("line", { line: line.line })}</bdi></h1>
    <p class="as-of">${asOf(line.as_of, line.timezone)}</p>
  </div>`;

/** Output as a bar, with a mark where it should be by now. @param {Line} line */
function progressView(line) {
  const whole = Math.max(line.target, line.output, 1);
  const share = (/** @type {number} */ pieces) => `${((100 * pieces) / whole).toFixed(2)}%`;
  return html`<div class="progress">
    <svg aria-hidden="true">
      <rect class="whole" width="100%" height="100%" rx="3" />
      <rect class="done" width=${share(line.output)} height="100%" rx="3" />
      <line
        class="due"
        x1=${share(line.target_now)}
        x2=${share(line.target_now)}
        y1="-25%"
        y2="125%"
      />
    </svg>
    <span class="caption">${say("of_target", { target: number(line.target) })}</span>
  </div>`;
}

/** @param {Line} line */
function factsView(line) {
  const ending = line.shift ? clockTime(Date.parse(line.shift.end), line.timezone, false) : "";
  return html`<dl class="facts">
    ${
      line.shift
        ? html`<div>
            <dt>${say("efficiency")}</dt>
            <dd data-value="efficiency">
              ${line.efficiency === null ? say("not_known") : html`${number(Number(line.efficiency), 1)}<small>%</small>`}
            </dd>
          </div>`
        : nothing
    }
    <div>
      <dt>${say("people")}</dt>
      <dd data-value="people">${number(line.people)}</dd>
    </div>
    ${
      line.shift && ["running", "break"].includes(line.shift.phase)
        ? html`<div class="forecast">
            <dt>${say("forecast", { time: ending })} <small>${say("forecast_hint")}</small></dt>
            <dd data-value="forecast">
              ${
                line.forecast
                  ? line.forecast.map((value) => number(value)).join(" – ")
                  : html`<small>${say("forecast_none")}</small>`
              }
            </dd>
          </div>`
        : nothing
    }
  </dl>`;
}

/** @param {Line} line */
function notesView(line) {
  const notes = [];
  if (line.incomplete.length) {
    const stations = line.incomplete.slice(0, 6).join(", ");
    notes.push(sayCount("incomplete", line.incomplete.length, { stations }));
  }
  if (line.unrouted?.length) notes.push(say("unrouted", { styles: line.unrouted.join(", ") }));
  return notes.map(
    (note) => html`<p class="note" data-level="warn">${icon("warning")}<bdi>${note}</bdi></p>`,
  );
}

/**
 * @param {string | null} at
 * @param {string | undefined} zone
 */
export const asOf = (at, zone) =>
  at ? say("as_of", { time: clockTime(Date.parse(at), zone) }) : say("as_of_never");

/** A difference with its sign; the minus is as wide as a plus. @param {number} value */
const signed = (value) => (value > 0 ? "+" : value < 0 ? "\u2212" : "") + number(Math.abs(value));
