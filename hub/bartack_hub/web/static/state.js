// @ts-check
// What the hub said last, put together from a snapshot and the patches that followed.

/**
 * @typedef {{id: string, name: string}} Person
 * @typedef {{at: string, outcome: "ok" | "refused", reason: string, label: string,
 *   bundle: string, pieces: number}} Scan
 * @typedef {{name: string, driver: string, state: string, detail: string}} Reader
 * @typedef {{line: string, station: string, online: boolean | null, as_of: string | null,
 *   operator: Person | null, operation: string, operation_name: string, pieces: number | null,
 *   scan: Scan | null, spark: number[], unsent: number, oldest_unsent_s: number,
 *   version: string, readers: Reader[], attention: [string, string, string][]}} Station
 * @typedef {{start: string, end: string, phase: string, breaks: [number, number][]}} Shift
 * @typedef {{step_s: number, start: number[], pieces: number[], target: number[]}} Buckets
 * @typedef {{line: string, people: number, as_of: string | null, incomplete: string[],
 *   shift: Shift | null, timezone?: string, output: number, target_now: number, target: number,
 *   pace: string, efficiency: string | null, forecast: [number, number] | null,
 *   unrouted: string[], buckets: Buckets}} Line
 * @typedef {{id: string, at: string, station: string, operator: Person | null, reason: string,
 *   label: string, bundle: string, operation: string, done_by: Person | null,
 *   done_at: string | null}} Refusal
 * @typedef {{at: string, site: string, unreadable: number, spark_step_s: number,
 *   link: {up: boolean, detail: string}, lines: Record<string, Line>,
 *   stations: Record<string, Station>, refusals: Record<string, Refusal[]>}} State
 */

/**
 * The state after a message. A patch holds whole members of collections; null takes one away.
 * @param {State | null} state
 * @param {string} name `snapshot` or `patch`
 * @param {any} message
 * @returns {State | null}
 */
export function apply(state, name, message) {
  if (name === "snapshot") return message;
  if (state === null) return null;
  const before = /** @type {Record<string, any>} */ (/** @type {unknown} */ (state));
  const entries = Object.entries(message).map(([key, value]) => [
    key,
    isCollection(value) && isCollection(before[key])
      ? Object.fromEntries(
          Object.entries({ ...before[key], ...value }).filter(([, member]) => member !== null),
        )
      : value,
  ]);
  return { ...state, ...Object.fromEntries(entries) };
}

/** @param {unknown} value */
function isCollection(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const order = new Intl.Collator("en", { numeric: true });

/** Ids as people count them: st2 before st10. @param {string[]} ids */
export const inOrder = (ids) => [...ids].sort(order.compare);

/**
 * The stations of a line as they stand in it.
 * @param {State} state
 * @param {string} line
 */
export function stationsOf(state, line) {
  return Object.values(state.stations)
    .filter((station) => station.line === line)
    .sort((one, other) => order.compare(one.station, other.station));
}

/**
 * The line that the address names (`#l03`), else the first.
 * @param {State} state
 * @param {string} hash
 */
export function chosenLine(state, hash) {
  const wanted = hash.replace(/^#/, "");
  if (Object.hasOwn(state.lines, wanted)) return wanted;
  return inOrder(Object.keys(state.lines))[0] ?? "";
}
