// @ts-check
// Makes words as large as their place allows: sentences differ much in length between languages.

const STEPS = [1, 0.9, 0.8, 0.7, 0.6, 0.52, 0.45];

/** What each place and those beside it last held, and in how much room. @type {WeakMap<Element, string>} */
const fitted = new WeakMap();

/** Fit every place that asks for it. */
export function fitAll() {
  for (const element of document.querySelectorAll("[data-fit]")) {
    if (element instanceof HTMLElement) fit(element);
  }
}

/** @param {HTMLElement} element */
function fit(element) {
  const around = element.parentElement;
  const room = `${around?.clientWidth} ${around?.clientHeight} ${innerWidth} ${innerHeight}`;
  const key = `${room} ${document.fonts.status} ${around?.textContent}`;
  if (fitted.get(element) === key) return;
  fitted.set(element, key);
  for (const step of STEPS) {
    element.style.setProperty("--fit", String(step));
    if (!isCut(element)) return;
  }
}

/** Letters reach a little beyond their line; a line too many reaches much farther. */
const SLACK_EM = 0.25;

/** @param {HTMLElement} element */
function isCut(element) {
  const slack = SLACK_EM * parseFloat(getComputedStyle(element).fontSize);
  return (
    element.scrollHeight > element.clientHeight + slack ||
    element.scrollWidth > element.clientWidth + 1
  );
}
