// @ts-check
// Asks for one glimpse after the other and shows it: the verdict, the picture, what was found in it.

const RETRY_MS = 1000;
const ANSWER_MAX_MS = 20_000;
const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {{ name: string, label: string, value: string, note: string, state: string }} Gauge
 * @typedef {{ text: string | null, corners: [number, number][] }} Place
 * @typedef {{ width_px: number, height_px: number, sharpness: number }} Sight
 * @typedef {{ number: number, camera: string, lost: string, trouble: string, level: string,
 *   cause: string, sentence: string, advice: string, picture: Sight | null, codes: Place[],
 *   candidates: Place[], gauges: Gauge[] }} Glimpse
 */

/** @type {Record<string, string>} */
let words = {};

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {string} key
 * @param {Record<string, string | number>} values
 */
const say = (key, values) =>
  words[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

/** @param {{ level: string, word: string, sentence: string, advice: string, cause: string }} it */
function judge({ level, word, sentence, advice, cause }) {
  document.body.dataset.level = level;
  document.body.dataset.cause = cause;
  write(part("sentence"), sentence);
  write(part("advice"), advice);
  write(part("level"), words[word]);
}

/** @param {Gauge[]} gauges */
function measure(gauges) {
  const list = part("gauges");
  for (const gauge of gauges) {
    let row = /** @type {HTMLElement | null} */ (list.querySelector(`[data-name=${gauge.name}]`));
    if (row === null) {
      row = document.createElement("div");
      row.dataset.name = gauge.name;
      const note = document.createElement("dd");
      note.className = "note";
      row.append(document.createElement("dt"), document.createElement("dd"), note);
      list.append(row);
    }
    row.dataset.state = gauge.state;
    const [label, value, note] = /** @type {HTMLElement[]} */ ([...row.children]);
    write(label, gauge.label);
    write(value, gauge.value);
    write(note, gauge.note);
  }
}

/**
 * @param {Sight} size
 * @param {Glimpse} glimpse
 */
function outline(size, glimpse) {
  const svg = part("outlines");
  svg.setAttribute("viewBox", `0 0 ${size.width_px} ${size.height_px}`);
  const shapes = [
    ...glimpse.candidates.map((place) => ({ place, kind: "unread" })),
    ...glimpse.codes.map((place) => ({ place, kind: "read" })),
  ];
  svg.replaceChildren(
    ...shapes.flatMap(({ place, kind }) =>
      ["halo", kind].map((name) => {
        const polygon = document.createElementNS(SVG, "polygon");
        polygon.setAttribute("class", name);
        polygon.setAttribute("points", place.corners.map((corner) => corner.join(",")).join(" "));
        return polygon;
      }),
    ),
  );
}

/** @param {Blob} jpeg */
async function draw(jpeg) {
  const bitmap = await createImageBitmap(jpeg);
  const canvas = /** @type {HTMLCanvasElement} */ (part("picture"));
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
  }
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  bitmap.close();
}

/**
 * @param {Glimpse} glimpse
 * @param {Blob} jpeg
 */
async function show(glimpse, jpeg) {
  if (glimpse.picture !== null && jpeg.size > 0) {
    await draw(jpeg).catch(() => undefined); // a damaged picture leaves the one before
    outline(glimpse.picture, glimpse);
  } else {
    part("outlines").replaceChildren();
  }
  document.body.toggleAttribute("data-stale", glimpse.picture === null);
  judge({ ...glimpse, word: `level.${glimpse.lost ? "lost" : glimpse.level}` });
  measure(glimpse.gauges);
  write(part("camera"), glimpse.camera);
  write(part("trouble"), glimpse.lost || glimpse.trouble);
  const size = glimpse.picture;
  write(
    part("size"),
    size === null
      ? ""
      : say("foot.picture", {
          width: size.width_px,
          height: size.height_px,
          sharpness: Math.round(size.sharpness),
        }),
  );
}

function tellEnd() {
  document.body.toggleAttribute("data-stale", true);
  part("outlines").replaceChildren();
  judge({
    level: "unreadable",
    word: "level.lost",
    cause: "ended",
    sentence: words["sentence.ended"],
    advice: words["advice.ended"],
  });
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @returns {Promise<unknown>} when the page is seen; a hidden one asks for nothing */
const seen = () =>
  document.hidden
    ? new Promise((resolve) =>
        document.addEventListener("visibilitychange", resolve, { once: true }),
      )
    : Promise.resolve();

/** @param {string} address */
async function get(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(ANSWER_MAX_MS) });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer;
}

/** @param {string} after */
async function next(after) {
  const answer = await get(`/glimpse?after=${encodeURIComponent(after)}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const end = bytes.indexOf(10);
  /** @type {Glimpse} */
  const glimpse = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  await show(glimpse, new Blob([bytes.subarray(end + 1)], { type: "image/jpeg" }));
  return String(glimpse.number);
}

words = await (await get("/words")).json();
document.documentElement.lang = words.language;
document.title = words.title;
part("picture").setAttribute("aria-label", words["picture.label"]);
write(part("sentence"), words["sentence.waiting"]);

for (let after = ""; ; ) {
  await seen();
  try {
    after = await next(after);
  } catch {
    after = "";
    tellEnd();
    await pause(RETRY_MS);
  }
}
