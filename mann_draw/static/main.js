// The page: its tabs, its models and its messages.

import { makeCopyTab } from "./copy.js";
import { makeDrawTab } from "./draw.js";
import { listModels } from "./server.js";

const find = (id) => document.getElementById(id);

/** Shows a message, with a button if `action` is given: its words and what it does. */
function tell(text, action) {
  const box = find("message");
  box.hidden = !text;
  box.querySelector("p").textContent = text ?? "";
  const button = find("message-action");
  button.hidden = !action;
  button.textContent = action?.words ?? "";
  button.onclick = () => {
    tell();
    action.run();
  };
}

function makeTabs(opened) {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const open = (chosen) => {
    for (const tab of tabs) {
      const selected = tab === chosen;
      tab.setAttribute("aria-selected", selected);
      tab.tabIndex = selected ? 0 : -1;
      find(tab.getAttribute("aria-controls")).hidden = !selected;
    }
    find("model-choice").hidden = chosen !== tabs[0];
    tell();
    opened(chosen.getAttribute("aria-controls"));
  };
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => open(tab));
    tab.addEventListener("keydown", (event) => {
      const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!move) return;
      const next = tabs[(index + move + tabs.length) % tabs.length];
      next.focus();
      open(next);
    });
  });
}

const draw = makeDrawTab(tell);
const copy = makeCopyTab(tell);
makeTabs((name) => (name === "copy" ? copy.open() : draw.open()));
find("message-close").addEventListener("click", () => tell());
try {
  draw.start((await listModels()).models);
} catch (error) {
  tell(error.message);
}
