// Numbers of things, in words.

/** Returns a number and its noun, such as "1 example" or "3 examples". */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

export function are(number) {
  return number === 1 ? "is" : "are";
}

/** Returns what became of some things that were to be added, of which some were there already. */
export function describeAdded(given, added, noun, where) {
  const there = given - added;
  if (!there) return `${count(added, noun)} ${are(added)} added ${where}.`;
  const rest = `${there} ${there === 1 ? "was" : "were"} there already`;
  return `${added} of ${count(given, noun)} ${are(added)} added ${where}; ${rest}.`;
}
