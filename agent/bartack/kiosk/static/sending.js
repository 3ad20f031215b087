// @ts-check
// Sends what was pressed, once: a finger that bounces or a double click is one act.

/** Touches this soon after one that did something are the same touch. */
const SETTLE_MS = 500;
/** A station that is well has answered an act within this time; then touches count again. */
const ANSWER_MS = 3000;

/**
 * @param {{onTrouble: (isTrouble: boolean) => void}} told
 */
export function sender({ onTrouble }) {
  let token = "";
  let settledMs = 0;
  let number = 0;
  /** The number of the document in which the act was pressed. @type {number | null} */
  let waitsSince = null;
  let timer = 0;

  /** The act did not come in. One that came in and is not answered yet is no failure: to press it
   * again could do it twice. */
  const failed = () => {
    waitsSince = null;
    onTrouble(true);
  };

  /** @param {{command: string, argument: string, seq: number | null}} act */
  const post = async (act) => {
    try {
      const answer = await fetch("/act", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Bartack-Token": token },
        body: JSON.stringify(act),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (!answer.ok) failed();
    } catch {
      failed();
    }
  };

  return {
    /** @param {string} given */
    setToken: (given) => {
      token = given;
    },

    /** What is under the finger has changed: a touch that was meant for what stood there is void. */
    settle: () => {
      settledMs = performance.now() + SETTLE_MS;
    },

    /** Whether a touch counts now. */
    isSettled: () => waitsSince === null && performance.now() >= settledMs,

    /** @param {number} heard the number of the newest document */
    hear: (heard) => {
      number = heard;
      if (waitsSince === null || waitsSince === heard) return;
      waitsSince = null;
      clearTimeout(timer);
      onTrouble(false);
    },

    /**
     * @param {string} command
     * @param {string} argument
     * @param {number | null} seq
     */
    send: (command, argument, seq) => {
      waitsSince = number;
      settledMs = performance.now() + SETTLE_MS;
      clearTimeout(timer);
      timer = setTimeout(() => {
        waitsSince = null;
      }, ANSWER_MS);
      onTrouble(false);
      post({ command, argument, seq });
    },
  };
}
