// @ts-check
// What stands over the page while something is chosen, typed or shown: one question at a time.

import { sentenceOf } from "./result.js";
import { helpSign, mark, ownerSign, sign } from "./signs.js";
import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { clockTime, has, money, number, say, text } from "./words.js";
import { rowSign } from "./work.js";
import { kindOf } from "./document.js";

/** @import {Choice, Recent, Screen} from "./document.js" */
/** @import {Sign} from "./signs.js" */

/**
 * @typedef {{name: "more" | "reasons"} | {name: "call", kind: string} |
 *   {name: "record", seq: number}} Panel
 * @typedef {{
 *   press: (command: string, argument?: string, seq?: number | null) => void,
 *   open: (panel: Panel) => void, close: () => void, turn: (page: number) => void,
 *   type: (digit: string) => void, erase: () => void,
 * }} Hands
 * @typedef {{typed: string, page: number, hands: Hands}} Sheet
 */

const PER_PAGE = 12;
const FEW = 4;

/**
 * @param {unknown} title
 * @param {unknown} body
 * @param {unknown} leave the button that ends it
 * @param {string} kind
 */
const frame = (title, body, leave, kind = "plain") => html`
  <section class="panel" role="dialog" aria-modal="true" aria-labelledby="panel-title">
    <div class="top" data-kind=${kind}>
      <h1 id="panel-title" data-fit tabindex="-1">${title}</h1>
      ${leave}
    </div>
    ${body}
  </section>
`;

/**
 * @param {Sign} name
 * @param {unknown} words
 * @param {() => void} onClick
 * @param {string} id
 */
const tile = (name, words, onClick, id) =>
  html`<button class="tile" data-do=${id} @click=${onClick}>
    ${sign(name)}<span data-fit>${words}</span>
  </button>`;

/** @param {Hands} hands */
const backButton = (hands) =>
  html`<button class="leave" data-do="back" @click=${hands.close}>
    ${sign("back")}<span>${say("screen.back")}</span>
  </button>`;

/** @param {Hands} hands */
const cancelButton = (hands) =>
  html`<button class="leave" data-do="cancel" @click=${() => hands.press("cancel")}>
    ${sign("cross")}<span>${say("screen.cancel")}</span>
  </button>`;

/**
 * A grid of choices, a page at a time, because nothing here scrolls.
 * @param {Choice[]} choices
 * @param {Sheet} sheet
 * @param {(code: string) => void} onChoose
 * @param {(code: string) => unknown} picture
 */
function gridView(choices, { page, hands }, onChoose, picture) {
  const isLong = choices.length > PER_PAGE;
  const room = isLong ? PER_PAGE - 1 : PER_PAGE;
  const pages = Math.ceil(choices.length / room);
  const at = pages ? page % pages : 0;
  return html`<div class="grid" data-few=${choices.length <= FEW}>
    ${choices.slice(at * room, (at + 1) * room).map(
      (choice) => html`<button
        class="choice"
        data-code=${choice.code}
        @click=${() => onChoose(choice.code)}
      >
        ${picture(choice.code)}
        <span data-fit>${nameView(choice)}</span>
      </button>`,
    )}
    ${isLong
      ? html`<button class="choice" data-do="next" @click=${() => hands.turn(at + 1)}>
          ${sign("next")}<span>${say("screen.more")} <bdi>${number(at + 1)}/${number(pages)}</bdi></span>
        </button>`
      : nothing}
  </div>`;
}

/** @param {Choice} choice */
const nameView = ({ code, name }) =>
  name ? html`<bdi class="code">${code}</bdi> <bdi>${name}</bdi>` : html`<bdi>${code}</bdi>`;

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** @param {Sheet} sheet */
function padView({ typed, hands }) {
  /** @param {string} digit */
  const key = (digit) =>
    html`<button class="key" data-digit=${digit} @click=${() => hands.type(digit)}>
      ${number(Number(digit))}
    </button>`;
  return html`<div class="pad">
    <output class="typed" aria-live="polite"
      >${sign("shirt")}<bdi>${typed === "" ? "–" : number(Number(typed))}</bdi></output
    >
    <div class="keys" dir="ltr">
      ${DIGITS.map(key)}
      <button class="key" data-do="erase" aria-label=${text("screen.delete_digit")} @click=${hands.erase}>
        ${sign("erase")}
      </button>
      ${key("0")}
      <button
        class="key confirm"
        data-do="confirm"
        ?disabled=${typed === ""}
        aria-label=${text("screen.confirm")}
        @click=${() => hands.press("pieces", typed)}
      >
        ${sign("check")}
      </button>
    </div>
  </div>`;
}

/** @type {Record<string, Sign>} */
const CARDS = { bundle: "ticket", partner: "badge", supervisor: "badge", operator: "badge" };

/** @param {string} needs */
const cardView = (needs) =>
  html`<div class="card">${sign(CARDS[needs] ?? "ticket")}${sign("down")}</div>`;

/**
 * @param {Screen} screen
 * @param {Sheet} sheet
 */
function answerView({ asks }, sheet) {
  if (asks === null) return nothing;
  const { needs, choices } = asks;
  if (needs === "pieces") return padView(sheet);
  if (!["fault", "owner", "reason", "operation"].includes(needs) || choices.length === 0) {
    return cardView(needs);
  }
  const press = (/** @type {string} */ code) => sheet.hands.press(needs, code);
  if (needs !== "owner") return gridView(choices, sheet, press, mark);
  return html`<div class="grid" data-few=${choices.length <= FEW}>
    ${choices.map(({ code, name }) =>
      tile(
        ownerSign[code] ?? "person",
        has(`owner.${code}`) ? say(`owner.${code}`) : html`<bdi>${name || code}</bdi>`,
        () => press(code),
        code,
      ),
    )}
  </div>`;
}

/**
 * What the station asks for, with its last word above: a wrong answer is refused in the same place.
 * @param {Screen} screen
 * @param {Sheet} sheet
 */
export function askView(screen, sheet) {
  const { asks, result } = screen;
  const kind = result && kindOf(result) === "refused" ? "refused" : "asks";
  const title = html`${sign(kind === "refused" ? "cross" : "asks")}<span
      >${kind === "refused" && result
        ? sentenceOf(result, screen)
        : say(`info.need_${asks?.needs}`)}</span
    >`;
  return frame(title, answerView(screen, sheet), cancelButton(sheet.hands), kind);
}

/** @type {[string, Sign][]} */
const MORE = [
  ["split", "split"],
  ["shared", "shared"],
  ["defect", "defect"],
  ["repair", "repair"],
  ["operation", "operation"],
  ["correct", "correct"],
  ["approve", "approve"],
  ["reject", "reject"],
  ["sign-out", "sign-out"],
];

/** @param {Hands} hands */
function moreView(hands) {
  const tiles = MORE.map(([command, name]) =>
    tile(name, say(`command.${command}`), () => hands.press(command), command),
  );
  return frame(
    html`${sign("more")}<span>${say("screen.more")}</span>`,
    html`<div class="grid nine">${tiles}</div>`,
    backButton(hands),
  );
}

/**
 * @param {string} kind
 * @param {Screen} screen
 * @param {Hands} hands
 */
function callView(kind, screen, hands) {
  const call = screen.calls.find((one) => one.kind === kind);
  if (!call) return nothing;
  const title = html`${sign(helpSign[kind] ?? "hand")}<span
      >${say(`help.${kind}`)}: ${say("screen.call_open", { time: clockTime(call.at) })}</span
    >`;
  const answer = () => hands.press("help-answer", kind, call.seq);
  return frame(
    title,
    html`<div class="grid few">
      ${tile("check", say("command.help-answer"), answer, "help-answer")}
    </div>`,
    backButton(hands),
  );
}

/**
 * @param {Recent} row
 * @param {Hands} hands
 */
function recordView(row, hands) {
  const title = html`${sign(rowSign(row) ?? "check")}<span
      ><bdi>${row.bundle ?? ""}</bdi> ${say(`state.${row.state}`)}</span
    >`;
  const facts = html`<dl class="facts">
    <div><dt>${sign("clock")}</dt><dd><bdi>${clockTime(row.at)}</bdi></dd></div>
    <div><dt>${sign("operation")}</dt><dd><bdi>${row.operation ?? "–"}</bdi></dd></div>
    <div><dt>${sign("shirt")}</dt><dd><bdi>${number(row.pieces)}</bdi></dd></div>
    <div><dt>${sign("coins")}</dt><dd><bdi>${money(row.earned)}</bdi></dd></div>
  </dl>`;
  const why = row.reason ? html`<p class="why">${say(`refused.${row.reason}`, { ...row })}</p>` : nothing;
  const acts = /** @type {const} */ (["undo", "dispute"])
    .filter((command) => row.can.includes(command))
    .map((command) =>
      tile(command, say(`command.${command}`), () => hands.press(command, "", row.seq), command),
    );
  return frame(title, html`${facts}${why}<div class="grid few">${acts}</div>`, backButton(hands));
}

/**
 * A panel that the page itself opened; nothing is sent before a tile in it is touched.
 * @param {Panel} panel
 * @param {Screen} screen
 * @param {Sheet} sheet
 */
export function panelView(panel, screen, sheet) {
  const { hands } = sheet;
  if (panel.name === "more") return moreView(hands);
  if (panel.name === "call") return callView(panel.kind, screen, hands);
  if (panel.name === "record") {
    const row = screen.recent.find((one) => one.seq === panel.seq);
    return row ? recordView(row, hands) : nothing;
  }
  return frame(
    html`${sign("pause")}<span>${say("info.need_reason")}</span>`,
    gridView(screen.choices.reasons, sheet, (code) => hands.press("off-start", code), mark),
    backButton(hands),
  );
}
