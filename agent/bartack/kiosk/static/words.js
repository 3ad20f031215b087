// @ts-check
// Words, numbers and times in the language of whoever is signed in.

import { html } from "./vendor/lit-html/lit-html.js";

/**
 * The digits that people of a language read, where `numerals` is `native`. Tamil, Sinhala and the
 * others are read with Latin digits today.
 * @type {Record<string, string>}
 */
const DIGITS = { bn: "beng", hi: "deva", ur: "arabext", ar: "arab" };
const RIGHT_TO_LEFT = ["ar", "ur"];

const FALLBACK = "en";

/** By the language that was asked for: what is spoken, and its words.
 * @type {Map<string, {language: string, words: Record<string, string>}>} */
const catalogues = new Map();
/** @type {Set<string>} */
const asked = new Set();

/** @type {Record<string, string>} */
let words = {};
let locale = FALLBACK;
let zone = "UTC";
let currency = "";

/**
 * Speak as the document asks. Words that are not here yet are fetched; `onLearnt` is told then.
 * @param {{language: string, numerals: string, timezone: string, currency: string}} wanted
 * @param {() => void} onLearnt
 */
export function speak(wanted, onLearnt) {
  zone = wanted.timezone;
  currency = wanted.currency;
  const known = catalogues.get(wanted.language);
  if (!known) {
    learn(wanted.language, onLearnt);
    return;
  }
  words = known.words;
  const digits = wanted.numerals === "native" ? DIGITS[known.language] : undefined;
  locale = `${known.language}-u-nu-${digits ?? "latn"}`;
  const root = document.documentElement;
  root.lang = known.language;
  root.dir = RIGHT_TO_LEFT.includes(known.language) ? "rtl" : "ltr";
}

/**
 * @param {string} wanted
 * @param {() => void} onLearnt
 */
async function learn(wanted, onLearnt) {
  if (asked.has(wanted)) return;
  asked.add(wanted);
  try {
    for (const language of [wanted, FALLBACK]) {
      const answer = await fetch(`/words/${encodeURIComponent(language)}`);
      if (!answer.ok) continue;
      catalogues.set(wanted, { language, words: await answer.json() });
      onLearnt();
      return;
    }
  } catch {
    // The server is gone; the page says so, and asks again with a later document.
  } finally {
    asked.delete(wanted);
  }
}

/** @param {string} key */
export const has = (key) => Object.hasOwn(words, key);

/** @param {string} key */
const sentence = (key) => (has(key) ? words[key] : key);

/**
 * The sentence of `key` as plain text, for labels that are read out.
 * @param {string} key
 * @param {Record<string, unknown>} [values]
 */
export const text = (key, values = {}) =>
  sentence(key).replace(/\{(\w+)\}/g, (_, name) => String(short(values[name])));

const VALUE_MAX = 40;

/** A value that leaves room for the sentence around it. @param {unknown} value */
const short = (value) =>
  typeof value === "string" && value.length > VALUE_MAX
    ? `${value.slice(0, VALUE_MAX - 1)}…`
    : (value ?? "–");

/**
 * The sentence of `key`; each value stands apart, so that an id keeps its order between words that
 * run the other way.
 * @param {string} key
 * @param {Record<string, unknown>} [values]
 */
export const say = (key, values = {}) =>
  sentence(key)
    .split(/\{(\w+)\}/)
    .map((part, index) => (index % 2 ? html`<bdi>${short(values[part])}</bdi>` : part));

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/**
 * @param {string} key
 * @param {() => Intl.NumberFormatOptions} options
 */
function format(key, options) {
  const name = `${locale} ${key}`;
  let found = formats.get(name);
  if (!found) formats.set(name, (found = new Intl.NumberFormat(locale, options())));
  return found;
}

/** @param {number | null | undefined} value */
export const number = (value) =>
  value === null || value === undefined ? "–" : format("", () => ({})).format(value);

/** @param {string} decimal */
const decimals = (decimal) => (decimal.split(".")[1] ?? "").length;

/**
 * A decimal number with every digit that it has: money is never rounded here.
 * @param {string} decimal
 */
export function exact(decimal) {
  const digits = decimals(decimal);
  return format(`.${digits}`, () => ({
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })).format(/** @type {any} */ (decimal));
}

/**
 * Money with every digit that it has and the site's currency, a code such as `BDT` or a sign.
 * @param {string | null} decimal
 */
export function money(decimal) {
  if (decimal === null) return "–";
  if (!/^[A-Z]{3}$/.test(currency)) return `${exact(decimal)} ${currency}`.trim();
  const digits = decimals(decimal);
  return format(`${currency}${digits}`, () => ({
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })).format(/** @type {any} */ (decimal));
}

/** Hours and minutes in the station's zone. @param {number | string} at */
export function clockTime(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "–";
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: zone }).format(date);
}

const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** First letters of the first and the last name, as people of any script write them.
 * @param {string} name */
export function initials(name) {
  const parts = name.trim().split(/\s+/);
  const chosen = parts.length > 1 ? [parts[0], parts[parts.length - 1]] : parts;
  return chosen.map((part) => [...letters.segment(part)][0]?.segment ?? "").join("");
}
