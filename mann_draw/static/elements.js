// The elements of the page.

export function find(id) {
  return document.getElementById(id);
}

/** Returns an element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
