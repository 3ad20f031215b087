// @ts-check
// Words: every sentence on the page comes from one flat JSON file a language.

/** @type {Record<string, string>} */
const words = await (await fetch("/static/language/en.json")).json();

const plural = new Intl.PluralRules("en");

/**
 * @param {number} value
 * @param {number} [decimals]
 */
export const number = (value, decimals = 0) =>
  value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

/** @param {string} key */
export const has = (key) => Object.hasOwn(words, key);

/**
 * The sentence of `key` with `{name}` replaced. A key that is missing shows itself.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  const sentence = has(key) ? words[key] : key;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  );
}

/**
 * The sentence of `key` in the plural form of `count`.
 * @param {string} key
 * @param {number} count
 * @param {Record<string, string | number>} [values]
 */
export function sayCount(key, count, values = {}) {
  const exact = `${key}.${plural.select(count)}`;
  return say(has(exact) ? exact : `${key}.other`, { count: number(count), ...values });
}

/**
 * A label as it can be seen: characters without a picture of their own, which could hide or turn
 * text, are written as their code point.
 * @param {string} label
 */
export function visible(label) {
  return label.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu,
    (character) =>
      `⟨${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
  );
}
