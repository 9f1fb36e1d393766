// Measures the contrasts of what is on the page, as WCAG 2.2 defines them.

(() => {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

  /** Returns a colour on top of another one, as the bytes of red, green and blue. */
  function lay(color, [red, green, blue]) {
    context.globalAlpha = 1;
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  }

  function measureContrast(one, other) {
    const luminance = (color) => {
      const [red, green, blue] = color.map((byte) => {
        const part = byte / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const [dark, light] = [one, other].map(luminance).sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  /** Returns the colour behind an element: of its own background and of those it stands on. */
  function findBackground(element) {
    if (!element) return [255, 255, 255];
    return lay(getComputedStyle(element).backgroundColor, findBackground(element.parentElement));
  }

  function name(element) {
    const { id, className, parentElement } = element;
    return `${element.localName}#${id}.${className} in #${parentElement.closest("[id]")?.id}`;
  }

  const isSeen = (one) => one.checkVisibility() && !one.disabled;

  /** Returns the contrast of the text of an element, or of a part of it such as "::after". */
  window.measureText = (element, part) => {
    const background = findBackground(element);
    return measureContrast(lay(getComputedStyle(element, part).color, background), background);
  };

  /** Returns the texts of a lower contrast than `least`, with it. */
  window.findFaintTexts = (least) =>
    [...document.body.querySelectorAll("*")].filter(isSeen).flatMap((one) => {
      const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      if (!own && !one.matches("input")) return [];
      const parts = one.placeholder ? ["::placeholder", null] : [null];
      const contrasts = parts.map((part) => measureText(one, part));
      return contrasts.filter((it) => it < least).map((it) => `${name(one)}: ${it.toFixed(2)}`);
    });

  /** Returns the borders of what matches a selector, of a lower contrast than `least` around. */
  window.findFaintBorders = (selector, least) =>
    [...document.querySelectorAll(selector)].filter(isSeen).flatMap((one) => {
      const around = findBackground(one.parentElement);
      const styles = getComputedStyle(one);
      const border = measureContrast(lay(styles.borderTopColor, around), around);
      const inside = measureContrast(findBackground(one), around);
      // It is told from what is around by its border, or by what it is filled with.
      const contrast = Math.max(parseFloat(styles.borderTopWidth) ? border : 0, inside);
      return contrast < least ? [`${name(one)}: ${contrast.toFixed(2)}`] : [];
    });

  /** Returns the least contrast of the first colours of classes with pages, panels and bars. */
  window.measureClassColors = async (number) => {
    const { findHue } = await import("./examples.js");
    const styles = getComputedStyle(document.documentElement);
    const lightness = styles.getPropertyValue("--class-lightness");
    const behind = ["--page", "--panel", "--slot"].map((name) =>
      lay(styles.getPropertyValue(name), [0, 0, 0]),
    );
    const contrasts = Array.from({ length: number }, (_, color) => {
      const ink = lay(`oklch(${lightness} 0.13 ${findHue(color)})`, [0, 0, 0]);
      return Math.min(...behind.map((one) => measureContrast(ink, one)));
    });
    return Math.min(...contrasts);
  };

  /** Returns the contrast of a bar's fill with its track, as faint as it may be shown. */
  window.measureFill = (bar) => {
    const track = findBackground(bar);
    const { backgroundColor, opacity } = getComputedStyle(bar.firstChild);
    const fill = lay(backgroundColor, [0, 0, 0]);
    return measureContrast(lay(`rgb(${fill.join(" ")} / ${opacity})`, track), track);
  };
})();
