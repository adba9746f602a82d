// Disagreements with a second reading of the page: a list above the page, and a mark at each place.

const FINDINGS = {
  digits: ["number differs", (finding) => [finding.text, finding.seen]],
  invented: ["no evidence on the page", (finding) => [finding.text, ""]],
  differs: ["word differs", (finding) => [finding.text, finding.seen]],
  missing: ["missing in the text", (finding) => ["", finding.seen]],
};
const findingsOf = (page) => readingOf(page).findings;
const hasFindings = data.pages.some((page) => page.readings.some((reading) => reading.findings.length));

function findingMark(finding, number) {
  // A frame over the page, which lies around the words and lets the pointer through.
  const [x, y, ax, ay, dx, dy] = finding.frame;
  const width = Math.hypot(ax, ay) || 1;
  const height = Math.hypot(dx, dy) || 1;
  const element = make("span", { className: `mark kind-${finding.kind}` });
  element.dataset.finding = number;
  const values = { x, y, ww: width, hh: height, m: [ax / width, ay / width, dx / height, dy / height, 0, 0] };
  for (const [name, value] of Object.entries(values)) element.style.setProperty(`--${name}`, value);
  return element;
}

function renderMarks(view) {
  view.marks = findingsOf(view.number).map((finding, number) => (finding.frame ? findingMark(finding, number) : null));
  view.layer.append(...view.marks.filter(Boolean));
}

function findingButton(page, finding, number) {
  const [title, parts] = FINDINGS[finding.kind];
  const [text, seen] = parts(finding);
  const button = make("button", { type: "button", className: `finding kind-${finding.kind}` }, make("small", { textContent: title }));
  if (text) button.append(make("b", { textContent: text, dir: "auto" }));
  if (seen) button.append(make("i", { textContent: seen, dir: "auto", title: "the second reading" }));
  button.addEventListener("click", () => goToFinding(page, number));
  return button;
}

function showFindings(view) {
  // The list above a page.
  const findings = findingsOf(view.number);
  view.findings = findings.map((finding, number) => findingButton(view.number, finding, number));
  view.list.hidden = !findings.length;
  view.list.replaceChildren(...view.findings);
}

function wordOf(page, number) {
  // The first word of a finding, or -1. The findings of a kind are in the order of their words.
  const findings = findingsOf(page);
  const { kind } = findings[number];
  let place = -1;
  for (const { text } of findings.slice(0, number + 1).filter((each) => each.kind === kind)) {
    const isIn = (word) => word.finding === kind && (text.includes(word.text) || word.text.includes(text));
    place = readingOf(page).words.findIndex((word, at) => at > place && isIn(word));
    if (place < 0) break;
  }
  return place;
}

function goToFinding(page, number) {
  const view = views[page];
  render(view);
  state.finding = { page, number };
  const finding = findingsOf(page)[number];
  const word = wordOf(page, number);
  const mark = view.marks[number];
  if (mark) mark.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  if (word >= 0) goTo(page, word, { focus: false });
  else hideCard();
  for (const each of views) {
    each.findings?.forEach((button, place) => button.classList.toggle("now", each.number === page && place === number));
    each.marks?.forEach((element, place) => element?.classList.toggle("now", each.number === page && place === number));
  }
  showFindingCount();
}

function goToNextFinding(direction) {
  const all = data.pages.flatMap((_, page) => findingsOf(page).map((_, number) => ({ page, number })));
  if (!all.length) return;
  const at = all.findIndex((each) => each.page === state.finding?.page && each.number === state.finding?.number);
  const next = at < 0 ? (direction > 0 ? 0 : all.length - 1) : (at + direction + all.length) % all.length;
  goToFinding(all[next].page, all[next].number);
}

function showFindingCount() {
  const all = data.pages.flatMap((_, page) => findingsOf(page).map((_, number) => ({ page, number })));
  const at = all.findIndex((each) => each.page === state.finding?.page && each.number === state.finding?.number);
  $("finding").textContent = `${at < 0 ? "" : `${at + 1} of `}${all.length} ${all.length === 1 ? "disagreement" : "disagreements"}`;
  $("finding-previous").disabled = $("finding-next").disabled = !all.length;
}
