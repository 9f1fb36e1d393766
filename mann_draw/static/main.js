// The page and its tabs.

import { makeCopyTab } from "./copy.js";
import { makeDrawTab } from "./draw.js";
import { find } from "./elements.js";
import { clearHint, warn } from "./messages.js";

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
    clearHint();
    opened(chosen.getAttribute("aria-controls"));
  };
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => open(tab));
    tab.addEventListener("keydown", (event) => {
      const moves = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: -1 };
      if (!(event.key in moves)) return;
      event.preventDefault();
      const next = tabs.at(moves[event.key] % tabs.length);
      next.focus();
      open(next);
    });
  });
}

const draw = makeDrawTab();
const copy = makeCopyTab();
makeTabs((name) => (name === "copy" ? copy.open() : draw.open()));
draw.start().catch((error) => warn(error.message));
