// @ts-check
// One sound an outcome, told apart by rhythm as well as by pitch, so that no eye is needed.

/**
 * Notes of each outcome: pitch in Hz, start and length in seconds, and the wave.
 * @type {Record<string, {wave: OscillatorType, notes: [number, number, number][]}>}
 */
export const TONES = {
  ok: { wave: "sine", notes: [[1047, 0, 0.09], [1568, 0.1, 0.16]] },
  info: { wave: "sine", notes: [[784, 0, 0.12]] },
  asks: { wave: "triangle", notes: [[659, 0, 0.1], [659, 0.16, 0.1], [880, 0.32, 0.14]] },
  held: { wave: "triangle", notes: [[587, 0, 0.28], [440, 0.34, 0.28]] },
  refused: { wave: "square", notes: [[196, 0, 0.22], [196, 0.3, 0.22], [165, 0.6, 0.34]] },
};

const LOUDNESS = 0.5;
const EDGE_S = 0.008;

/** @type {AudioContext | null} */
let audio = null;

/**
 * Let the page sound from the first touch on; browsers allow it no earlier, unless they are started
 * with `--autoplay-policy=no-user-gesture-required`.
 * @param {() => void} onChange
 */
export function unlockOnTouch(onChange) {
  audio = new AudioContext();
  audio.addEventListener("statechange", onChange);
  const unlock = () => {
    if (audio?.state === "suspended") audio.resume();
  };
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, unlock, true);
}

export const isAudible = () => audio?.state === "running";

/** @param {string} kind */
export function sound(kind) {
  if (!audio || audio.state !== "running" || !TONES[kind]) return;
  const { wave, notes } = TONES[kind];
  for (const [pitch, start, length] of notes) {
    const from = audio.currentTime + start;
    const oscillator = new OscillatorNode(audio, { type: wave, frequency: pitch });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(LOUDNESS, from + EDGE_S);
    volume.gain.setValueAtTime(LOUDNESS, from + length - EDGE_S);
    volume.gain.linearRampToValueAtTime(0, from + length);
    oscillator.connect(volume).connect(audio.destination);
    oscillator.start(from);
    oscillator.stop(from + length);
  }
}
