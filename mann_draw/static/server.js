// What the page asks of the server.

// What is wrong where the server says nothing of its own.
const FAULTS = {
  away: "The server does not answer: start mann draw again. Your drawings are kept on this page.",
  failed: "The server failed; its terminal says why.",
  503: "Too many pages are open at this server: close some, then try again.",
};

/** The server refused a request; its message is for the page to show. */
export class Refused extends Error {}
/** The server no longer knows the examples of this page. */
export class Forgotten extends Refused {}

async function call(path, options) {
  let response, answer;
  try {
    response = await fetch(`api/${path}`, options);
    answer = await response.json();
  } catch {
    throw new Error(FAULTS[response?.status] ?? FAULTS[response ? "failed" : "away"]);
  }
  if (response.ok) return answer;
  const Kind = response.status === 410 ? Forgotten : Refused;
  throw new Kind(answer.error);
}

export function listModels() {
  return call("models");
}

export function ask(path, body) {
  const headers = { "Content-Type": "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(body) });
}

export function upload(file) {
  const headers = { "Content-Type": "application/octet-stream" };
  return call("upload", { method: "POST", headers, body: file });
}

/** Returns the bytes of a text in base64. */
export function readBytes(text, Kind = Uint8Array) {
  return new Kind(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}
