"use strict";
// Without this script all questions are listed; with it they can be chosen among.
const filter = document.querySelector(".filter");
const questions = [...document.querySelectorAll(".question")].map((element) => ({
  element,
  kind: element.dataset.kind,
  faulty: "faulty" in element.dataset,
  words: element.querySelector("summary").textContent.toLowerCase(),
}));

function choose() {
  const words = filter.words.value.trim().toLowerCase();
  let count = 0;
  for (const each of questions) {
    const shown =
      (!filter.kind.value || each.kind === filter.kind.value) &&
      (!filter.faulty.checked || each.faulty) &&
      each.words.includes(words);
    each.element.hidden = !shown;
    count += shown;
  }
  filter.querySelector("output").value = `列出 ${count} / ${questions.length} 问`;
  document.querySelector(".nothing").hidden = count > 0;
}

filter.hidden = false;
filter.addEventListener("input", choose);
filter.addEventListener("submit", (event) => event.preventDefault());
choose();
