// @ts-check
// The open connection to a server: it lives while the page is seen, and comes back by itself.

const SILENCE_MS = 10_000;
const RETRY_MS = 2_000;

/**
 * Keep a stream open and pass on what it says.
 *
 * A hidden page closes it, because a browser has only six connections to one server. Silence
 * longer than the server's heartbeat allows counts as lost even when the socket looks open.
 *
 * A `version` that changes loads the page anew, so that page and server always fit.
 *
 * @param {string} address
 * @param {string[]} names of the messages that are passed on
 * @param {(name: string, message: any) => void} onMessage
 * @param {(isLive: boolean) => void} onLive
 */
export function keepOpen(address, names, onMessage, onLive) {
  /** @type {EventSource | null} */
  let source = null;
  let heardAt = 0;
  let openedVersion = "";

  const close = () => {
    source?.close();
    source = null;
  };

  const open = () => {
    close();
    heardAt = performance.now();
    const own = new EventSource(address);
    source = own;
    own.addEventListener("version", (event) => {
      if (openedVersion && openedVersion !== event.data) location.reload();
      openedVersion = event.data;
    });
    for (const name of names) {
      own.addEventListener(name, (event) => {
        heardAt = performance.now();
        onMessage(name, JSON.parse(event.data));
        onLive(true);
      });
    }
    own.addEventListener("error", () => onLive(false));
  };

  const watch = () => {
    if (document.hidden || source === null) return;
    const silentMs = performance.now() - heardAt;
    const gaveUp = source.readyState === EventSource.CLOSED && silentMs > RETRY_MS;
    if (silentMs > SILENCE_MS || gaveUp) {
      onLive(false);
      open();
    }
  };

  const follow = () => {
    if (document.hidden) close();
    else open();
  };

  document.addEventListener("visibilitychange", follow);
  setInterval(watch, 1000);
  follow();
}
