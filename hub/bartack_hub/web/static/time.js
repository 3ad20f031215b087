// @ts-check
// Time as the server has it: the browser's own clock may be wrong, and the line's zone is its own.

import { say } from "./text.js";

let offsetMs = 0;

/** Take the server's time from a message that has just come. @param {string} at RFC 3339 */
export function setServerTime(at) {
  offsetMs = Date.parse(at) - Date.now();
}

/** Milliseconds since 1970 on the server's clock. */
export const nowMs = () => Date.now() + offsetMs;

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {number} ms
 * @param {string | undefined} zone IANA name; the browser's own when it is left out
 * @param {boolean} [withSeconds]
 */
export function clockTime(ms, zone, withSeconds = true) {
  const key = `${zone} ${withSeconds}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hour: "2-digit",
      minute: "2-digit",
      second: withSeconds ? "2-digit" : undefined,
    });
    formats.set(key, format);
  }
  return format.format(ms);
}

/** How long something lasts, in the largest unit that matters. @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return say("age.s", { count: whole });
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return say("age.min", { count: minutes });
  const rest = String(minutes % 60).padStart(2, "0");
  return say("age.h", { hours: Math.floor(minutes / 60), minutes: rest });
}

/** How long ago a moment was. @param {string} at RFC 3339 */
export function ago(at) {
  const seconds = (nowMs() - Date.parse(at)) / 1000;
  return seconds < 2 ? say("now") : say("ago", { age: duration(seconds) });
}
