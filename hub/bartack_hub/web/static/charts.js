// @ts-check
// Two charts: finished pieces by the hour against the target, and the whole shift as a course.

import { number, say } from "./text.js";
import { clockTime } from "./time.js";
import { html, render } from "./vendor/lit-html/lit-html.js";
import uPlot from "./vendor/uplot/uPlot.esm.js";

/** @import {Line} from "./state.js" */

const NUMBERED_BARS_MOST = 14;

/** uPlot comes without types. @type {any} */
const Plot = uPlot;

/** @param {string} name */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

/** A width that grows with the screen, never below what was asked. @param {number} px */
const stroke = (px) => px * Math.max(1, rem() / 18);

/** A chart that is drawn anew when its place, its scale or the colours change. */
class Chart {
  /**
   * @param {HTMLElement} figure
   * @param {(line: Line) => any} options
   * @param {(line: Line) => any} columns
   * @param {(line: Line) => unknown} caption
   * @param {(line: Line) => string} words
   */
  constructor(figure, options, columns, caption, words) {
    this.figure = figure;
    this.place = /** @type {HTMLElement} */ (figure.querySelector(".plot"));
    this.heading = /** @type {HTMLElement} */ (figure.querySelector("figcaption"));
    this.options = options;
    this.columns = columns;
    this.caption = caption;
    this.words = words;
    /** @type {any} */
    this.plot = null;
    /** @type {Line | null} */
    this.line = null;
    this.shape = "";
    new ResizeObserver(() => this.resize()).observe(this.place);
    matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => this.redraw());
  }

  /** @param {Line} line */
  show(line) {
    this.figure.hidden = line.shift === null;
    if (line.shift === null) return;
    this.line = line;
    render(this.caption(line), this.heading);
    this.place.setAttribute("aria-label", this.words(line));
    const shape = JSON.stringify([line.line, line.shift.start, line.shift.breaks, line.timezone]);
    if (this.plot === null || shape !== this.shape) {
      this.shape = shape;
      this.redraw();
    } else {
      this.plot.setData(this.columns(line));
    }
  }

  redraw() {
    if (this.line === null || !this.place.clientWidth) return;
    this.plot?.destroy();
    const size = { width: this.place.clientWidth, height: this.place.clientHeight };
    this.scale = rem();
    const options = { ...size, ...this.options(this.line) };
    this.plot = new Plot(options, this.columns(this.line), this.place);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.place;
    if (!width || !height) return;
    if (this.plot === null || this.scale !== rem()) this.redraw();
    else if (this.plot.width !== width || this.plot.height !== height) {
      this.plot.setSize({ width, height });
    }
  }
}

/** What both charts share. @param {Line} line */
function common(line) {
  const font = `500 ${0.72 * rem()}px ${colour("--font")}`;
  const axis = {
    stroke: colour("--quiet"),
    font,
    ticks: { show: false },
    gap: 0.3 * rem(),
  };
  return {
    legend: { show: false },
    cursor: { show: false },
    padding: [0.9 * rem(), 1.5 * rem(), 0, 0],
    axes: [
      {
        ...axis,
        size: 1.4 * rem(),
        space: 3.2 * rem(),
        grid: { show: false },
        incrs: [60, 300, 600, 900, 1800, 3600, 7200, 10800, 14400],
        values: (/** @type {any} */ _, /** @type {number[]} */ splits) =>
          splits.map((second) => clockTime(second * 1000, line.timezone, false)),
      },
      {
        ...axis,
        size: 2.6 * rem(),
        space: 2.2 * rem(),
        grid: { stroke: colour("--grid"), width: 1 },
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000],
        values: (/** @type {any} */ _, /** @type {number[]} */ splits) =>
          splits.map((value) => number(value)),
      },
    ],
  };
}

/** Breaks as bands behind the data. @param {Line} line */
function breaks(line) {
  return (/** @type {any} */ plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.fillStyle = colour("--band");
    for (const [begin, finish] of line.shift?.breaks ?? []) {
      const from = plot.valToPos(begin, "x", true);
      ctx.fillRect(from, bbox.top, plot.valToPos(finish, "x", true) - from, bbox.height);
    }
    ctx.restore();
  };
}

/** @param {Line} line @returns {[number, number]} */
function range({ buckets }) {
  return [buckets.start[0], buckets.start[buckets.start.length - 1] + buckets.step_s];
}

/** A scale from nothing to a little above the most. @param {any} _ @param {number} __ @param {number} most */
const fromZero = (_, __, most) => [0, Math.max(4, (most ?? 0) * 1.12)];

let shownAtMs = 0;

/** Seconds, met, missed, running and target of each bucket. @param {Line} line */
function bucketColumns(line) {
  const { start, pieces, target, step_s } = line.buckets;
  const isOver = (/** @type {number} */ index) => (start[index] + step_s) * 1000 <= shownAtMs;
  const missed = (/** @type {number} */ index) =>
    isOver(index) && pieces[index] < 0.95 * target[index];
  const pick = (/** @type {(i: number) => boolean} */ wanted) => [
    ...pieces.map((value, index) => (wanted(index) ? value : null)),
    null,
  ];
  return [
    [...start, start[start.length - 1] + step_s],
    pick((index) => !missed(index)),
    pick(missed),
    [...target, target[target.length - 1] ?? 0].map((pieces) => pieces || null),
  ];
}

/** @param {Line} line */
function bucketOptions(line) {
  const { paths } = Plot;
  const bars = paths.bars({ size: [0.78, 10 * rem()], align: 1, radius: 0.08 });
  const many = line.buckets.start.length > NUMBERED_BARS_MOST;
  const shared = common(line);
  return {
    ...shared,
    scales: { x: { time: false, range: () => range(line) }, y: { range: fromZero } },
    series: [
      {},
      {
        paths: bars,
        fill: colour("--bar"),
        stroke: colour("--bar"),
        width: 0,
        points: { show: false },
      },
      {
        paths: bars,
        fill: colour("--missed-fill"),
        stroke: colour("--missed"),
        width: many ? 0 : stroke(2),
        points: { show: false },
      },
      {
        paths: paths.stepped({ align: 1 }),
        stroke: colour("--target"),
        width: stroke(2),
        dash: [stroke(6), stroke(4)],
        points: { show: false },
      },
    ],
    hooks: { drawClear: [breaks(line)], draw: many ? [] : [barNumbers] },
  };
}

/** Write each bar's pieces on it. @param {any} plot */
function barNumbers(plot) {
  const { ctx } = plot;
  const [start, met, missed] = plot.data;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `600 ${0.82 * rem() * ratio}px ${colour("--font")}`;
  ctx.fillStyle = colour("--ink");
  ctx.strokeStyle = colour("--tile");
  ctx.lineWidth = 0.35 * rem() * ratio;
  ctx.lineJoin = "round";
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  for (let index = 0; index < start.length - 1; index += 1) {
    const pieces = met[index] ?? missed[index];
    if (pieces === null || (pieces === 0 && missed[index] === null)) continue;
    const half = (start[index + 1] - start[index]) * 0.39;
    const x = plot.valToPos(start[index] + half, "x", true);
    const y = plot.valToPos(pieces, "y", true) - 0.15 * rem() * ratio;
    ctx.strokeText(number(pieces), x, y);
    ctx.fillText(number(pieces), x, y);
  }
  ctx.restore();
}

/** Finished and target in total at the edges of the buckets, and finished until now. @param {Line} line */
function courseColumns(line) {
  const { start, pieces, target, step_s } = line.buckets;
  const now = shownAtMs / 1000;
  /** @type {[number, number | null, number][]} */
  const rows = [[start[0], 0, 0]];
  let [output, due] = [0, 0];
  start.forEach((from, index) => {
    const to = from + step_s;
    if (from < now && now < to) {
      const share = due + (target[index] * (now - from)) / step_s;
      rows.push([now, output + pieces[index], Math.min(line.target_now, share + target[index])]);
    }
    output += pieces[index];
    due += target[index];
    rows.push([to, to <= now ? output : null, due]);
  });
  return [rows.map((row) => row[0]), rows.map((row) => row[1]), rows.map((row) => row[2])];
}

/** @param {Line} line */
function courseOptions(line) {
  return {
    ...common(line),
    scales: { x: { time: false, range: () => range(line) }, y: { range: fromZero } },
    series: [
      {},
      {
        stroke: colour("--ink"),
        fill: colour("--area"),
        width: stroke(3),
        points: { show: false },
      },
      {
        stroke: colour("--target"),
        width: stroke(2),
        dash: [stroke(6), stroke(4)],
        points: { show: false },
      },
    ],
    hooks: { drawClear: [breaks(line)] },
  };
}

/** @param {string} kind @param {string} key */
const legend = (kind, key) =>
  html`<span class="legend"><i class="swatch ${kind}"></i>${say(key)}</span>`;

/** @param {Line} line */
function bucketCaption(line) {
  const minutes = line.buckets.step_s / 60;
  const key = [1, 60].includes(minutes) ? `buckets.${minutes}` : "buckets.other";
  return html`<h2>${say(key, { minutes })}</h2>
    ${legend("met", "legend.met")} ${legend("missed", "legend.missed")}
    ${legend("target", "legend.target")}`;
}

const courseCaption = () =>
  html`<h2>${say("course")}</h2>
    ${legend("output", "legend.output")} ${legend("target", "legend.target")}`;

/**
 * Both charts of the page. The result shows a line as it is at a server time.
 * @returns {(line: Line, atMs: number) => void}
 */
export function charts() {
  const element = (/** @type {string} */ id) =>
    /** @type {HTMLElement} */ (document.getElementById(id));
  const words = (/** @type {string} */ key) => (/** @type {Line} */ line) =>
    say(key, {
      output: number(line.output),
      target: number(key === "course_alt" ? line.target : line.target_now),
      gap: number(line.output - line.target_now),
    });
  const both = [
    new Chart(
      element("buckets"),
      bucketOptions,
      bucketColumns,
      bucketCaption,
      words("buckets_alt"),
    ),
    new Chart(element("course"), courseOptions, courseColumns, courseCaption, words("course_alt")),
  ];
  return (line, atMs) => {
    shownAtMs = atMs;
    for (const chart of both) chart.show(line);
  };
}
