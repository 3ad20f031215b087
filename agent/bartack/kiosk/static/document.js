// @ts-check
// What the station says: one whole document at a time, all values absolute.

/**
 * @typedef {{code: string, name: string}} Choice
 * @typedef {{outcome: "ok" | "info" | "refused", reason: string | null, flags: string[],
 *   details: Record<string, any>, bundle: string | null, operation: string | null,
 *   pieces: number | null, at: string}} Result
 * @typedef {{bundle: string, order: string, style: string, size: string, colour: string,
 *   pieces: number, operation: string, operation_name: string, rate: string,
 *   unit: "piece" | "dozen"}} Bundle
 * @typedef {{pieces: number, earned: string, predicted: string | null, target: number | null,
 *   target_now: number | null, efficiency: string | null, attended_min: number, off_min: number,
 *   disputed: number, held: number}} Today
 * @typedef {{period: "day" | "week" | "month", earned: string, guaranteed: string,
 *   make_up: string}} Guarantee
 * @typedef {{on: boolean, code?: string, name?: string, since?: string,
 *   approved?: boolean | null}} Standard
 * @typedef {{command: string, needs: string, choices: Choice[]}} Asks
 * @typedef {{seq: number, kind: string, at: string}} Call
 * @typedef {{seq: number, at: string, kind: string, bundle: string | null,
 *   operation: string | null, pieces: number | null, earned: string | null, state: string,
 *   reason: string | null, can: string[]}} Recent
 * @typedef {{number: number, at: string, place: {site: string, line: string, station: string},
 *   timezone: string, language: string, numerals: "native" | "latn", currency: string,
 *   link: {online: boolean, unsent: number}, alarms: string[],
 *   operator: {operator: string, name: string, since: string} | null, result: Result | null,
 *   bundle: Bundle | null, today: Today, guarantee: Guarantee | null, standard: Standard,
 *   asks: Asks | null, calls: Call[], recent: Recent[],
 *   choices: {reasons: Choice[], faults: Choice[], help: string[]}}} Screen
 */

/** Done, but somebody still has to look: amber, not green. */
const WAITING = [
  "held",
  "offstandard_waiting",
  "offstandard_rejected",
  "notice_disputed",
  "notice_fault",
];

/**
 * How a result is shown and sounds: `ok`, `info` (done), `held`, `asks` or `refused`.
 * @param {Result} result
 */
export function kindOf(result) {
  if (result.outcome !== "info") return result.outcome;
  if (result.reason?.startsWith("need_")) return "asks";
  return WAITING.includes(result.reason ?? "") ? "held" : "info";
}

let agentMs = Date.now();
let heardMs = performance.now();

/** Take the station's clock from a document. @param {string} at */
export function setClock(at) {
  agentMs = Date.parse(at);
  heardMs = performance.now();
}

/** The station's time now, whatever the browser's clock says; milliseconds since 1970. */
export const nowMs = () => agentMs + (performance.now() - heardMs);
