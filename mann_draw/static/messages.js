// The messages of the page, above its tabs.

import { find, make } from "./elements.js";

/** Says what is to be done or was done; it gives way to the next hint. */
export function hint(text) {
  clearHint();
  show("hint", text);
}

export function clearHint() {
  remove("hint");
}

/** Says what went wrong; it stays until it is closed. */
export function warn(text) {
  const texts = [...find("messages").querySelectorAll(".warning p")];
  if (!texts.some(({ textContent }) => textContent === text)) show("warning", text);
}

/**
 * Says what was done, with a button to undo it; it stays until the next offer, or until it is closed.
 *
 * @param {string} text
 * @param {string} words on the button
 * @param {() => Promise<boolean>} run what the button does; returns whether it could
 */
export function offer(text, words, run) {
  remove("offer");
  const button = make("button", { className: "action", textContent: words });
  button.onclick = async () => {
    if (await run()) close(button.parentElement);
  };
  show("offer", text, button);
  // What was removed may have had the focus.
  if (document.activeElement === document.body) button.focus({ preventScroll: true });
}

function show(kind, text, ...buttons) {
  const closing = make("button", { className: "quiet", textContent: "×" });
  closing.ariaLabel = "Close the message";
  const words = make("p", { textContent: text });
  const message = make("div", { className: `message ${kind}` }, words, ...buttons, closing);
  closing.onclick = () => close(message);
  find("messages").append(message);
}

function remove(kind) {
  find("messages").querySelector(`.${kind}`)?.remove();
}

/** Takes a message away; the focus, if it was there, goes on to the open tab. */
function close(message) {
  const focused = message.contains(document.activeElement);
  message.remove();
  if (!focused) return;
  document.querySelector("[role=tabpanel]:not([hidden])").focus({ preventScroll: true });
}
