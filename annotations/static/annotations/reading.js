// Tell who annotated what under the pointer or the keyboard's focus; arrow keys go from one
// annotation to the next. All of it is also in the list beside the text, which needs no script.
"use strict";
{
  const text = document.getElementById("text");
  const about = document.getElementById("about");
  // Where annotations begin; those that begin at one place lie in each other and are told at once.
  const places = text ? Array.from(text.querySelectorAll("mark.first")).filter(
    (mark) => !mark.parentElement.closest("mark.first")) : [];
  let lit = [];
  let hushing = 0;

  const numbersAt = (mark) => {
    const numbers = [];
    let innermost = mark;
    while (innermost.firstElementChild) innermost = innermost.firstElementChild;
    for (let at = innermost; at.matches("mark"); at = at.parentElement) {
      numbers.push(at.dataset.a);
    }
    return numbers;
  };

  const light = (numbers) => {
    lit.forEach((element) => element.classList.remove("on"));
    lit = numbers.flatMap((number) => [
      ...text.querySelectorAll(`mark[data-a="${number}"]`),
      document.getElementById(`a${number}`),
    ]);
    lit.forEach((element) => element.classList.add("on"));
  };

  const tell = (mark) => {
    clearTimeout(hushing);
    const numbers = numbersAt(mark);
    light(numbers);
    about.replaceChildren(...numbers.map((number) => {
      const told = document.createElement("div");
      for (const part of document.getElementById(`a${number}`).children) {
        told.append(...(part.matches("a") ? Array.from(part.children) : [part]).flatMap(
          (element) => [element.cloneNode(true), " "]));
      }
      return told;
    }));
    about.hidden = false;
    place(mark.getClientRects()[0]);
  };

  const place = (box) => {
    const left = Math.min(box.left, document.documentElement.clientWidth - about.offsetWidth - 8);
    const below = box.bottom + 24 + about.offsetHeight < window.innerHeight;
    const top = below ? box.bottom + 8 : box.top - about.offsetHeight - 4;
    const origin = about.offsetParent?.getBoundingClientRect() ?? {left: -window.scrollX, top: -window.scrollY};
    about.style.left = `${Math.max(8, left) - origin.left}px`;
    about.style.top = `${top - origin.top}px`;
  };

  const hush = () => {
    about.hidden = true;
    light([]);
  };

  // The pointer may take its way to the box, whose words can be read and copied.
  const hushSoon = () => {
    hushing = setTimeout(hush, 200);
  };

  const step = (by) => {
    const at = places.indexOf(document.activeElement.closest("mark.first"));
    places[at < 0 && by < 0 ? places.length - 1 : at + by]?.focus();
  };

  if (text) {
    text.addEventListener("mouseover", (event) => {
      const mark = event.target.closest("mark");
      if (mark) tell(mark);
    });
    text.addEventListener("mouseout", hushSoon);
    about.addEventListener("mouseenter", () => clearTimeout(hushing));
    about.addEventListener("mouseleave", hushSoon);
    text.addEventListener("focusin", (event) => {
      if (event.target.matches("mark")) tell(event.target);
    });
    text.addEventListener("focusout", hush);
    text.addEventListener("keydown", (event) => {
      const by = {ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1}[event.key];
      if (by && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        step(by);
      }
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") hush();
    });
    const list = document.querySelector(".said");
    list.addEventListener("mouseover", (event) => {
      const item = event.target.closest("li");
      if (item) light([item.id.slice(1)]);
    });
    list.addEventListener("mouseleave", () => light([]));
    list.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link) return;
      event.preventDefault();
      const mark = document.getElementById(link.hash.slice(1));
      mark.scrollIntoView({block: "center"});
      mark.focus({preventScroll: true});
    });
  }
}
