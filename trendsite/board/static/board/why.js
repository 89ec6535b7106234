// Why a place is rising: what a row of the table tells when it is asked, in a copy of `templates/board/why.html`.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** Fills `cell` with the reasons of a place, in a copy of `blank` if need be; a place that has none leaves it empty. */
export function explain(cell, blank, { why, posts, authors }) {
  if (!why) {
    cell.replaceChildren();
    return;
  }
  if (!cell.querySelector("details")) cell.replaceChildren(blank.cloneNode(true));
  const texts = {
    observed: whole.format(why.observed),
    unit: why.unit,
    peak: why.peak_at.slice(11, 16),
    expected: tenths.format(why.expected),
    score: tenths.format(why.score),
    language: why.language,
    now: `${whole.format(posts)} posts${authors === null ? "" : `, ${whole.format(authors)} authors`}`,
  };
  for (const [name, text] of Object.entries(texts)) {
    const element = cell.querySelector(`.${name}`);
    if (element.textContent !== text) element.textContent = text;
  }
}

/** Closes what is open in `section` on Escape, and on a click elsewhere. */
export function closeWhenLeft(section) {
  const close = (except) => {
    for (const open of section.querySelectorAll("details[open]")) if (open !== except) open.open = false;
  };
  document.addEventListener("click", (event) => close(event.target.closest("details")));
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
}
