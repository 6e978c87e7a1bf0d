// Take what is selected in the text as the place of a lost annotation: into the form, whose numbers
// count code points of the whole text. Without a script they are typed, or the words are found.
"use strict";
{
  const text = document.getElementById("text");
  const form = document.getElementById("place-form");
  const told = document.getElementById("place-quote");

  const codePoints = (characters) => {
    let count = 0;
    for (const _ of characters) count += 1;
    return count;
  };

  // What is drawn in the text is the document's own, character for character.
  const offsetOf = (node, offset) => {
    const before = document.createRange();
    before.setStart(text, 0);
    before.setEnd(node, offset);
    return Number(text.dataset.partStart) + codePoints(before.toString());
  };

  const take = () => {
    const selection = document.getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    if (!text.contains(range.commonAncestorContainer)) return;
    const words = range.toString();
    const start = offsetOf(range.startContainer, range.startOffset);
    form.elements.start.value = start;
    form.elements.end.value = start + codePoints(words);
    told.textContent = words;
  };

  if (text && form) {
    form.querySelector(".by-selection").hidden = false;
    document.addEventListener("selectionchange", take);
  }
}
