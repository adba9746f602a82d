// The controls: pages, engines, navigation between words, keyboard shortcuts.

const views = [];
const correctable = data.pages.some((page) => page.readings.some((reading) => reading.words.some((word) => word.corrected !== null)));

function headingOf(page, number) {
  const reading = readingOf(number);
  const facts = [`${page.width} × ${page.height} px`, `${reading.words.length} words`];
  if (reading.mean !== null) facts.push(`mean confidence ${percent(reading.mean)}`);
  if (reading.coverage !== null) facts.push(`ink covered ${percent(reading.coverage)}`);
  if (reading.agreement !== null) facts.push(`confirmed by a second reading ${percent(reading.agreement)}`);
  return [`Page ${page.number}`, make("span", { textContent: facts.join(" · ") })];
}

function addPage(page, number) {
  const title = make("h2");
  const notes = make("div");
  const list = make("section", { className: "findings", hidden: true });
  list.setAttribute("aria-label", `Disagreements on page ${page.number}`);
  const sheet = make("div", { className: "sheet" });
  const frame = make("div", { className: "frame" }, sheet);
  const texts = make("section", { className: "texts" });
  texts.setAttribute("aria-label", `Text of page ${page.number}`);
  const article = make("article", { className: "page", id: `page-${page.number}` }, title, list, notes,
    make("div", { className: "halves" }, frame, texts));
  article.dataset.page = number;
  sheet.style.setProperty("--w", page.width || 1);
  sheet.style.setProperty("--h", page.height || 1);
  frame.hidden = !page.width;
  texts.style.setProperty("--engines", data.engines.length);
  sheet.classList.toggle("paper", !page.image);
  $("sheets").append(article);
  views.push({ number, article, title, notes, list, sheet, texts, layer: null, boxes: [], spans: [] });
}

function showHeading(view) {
  const page = data.pages[view.number];
  view.title.replaceChildren(...headingOf(page, view.number));
  showFindings(view);
  view.notes.replaceChildren(...page.readings.flatMap((reading, engine) => reading.warnings.map((warning) =>
    make("p", { className: "warning", textContent: several ? `${data.engines[engine].name}: ${warning}` : warning }))));
}

function render(view) {
  // Pages are rendered when they come near the window: the words of a whole book would slow the browser down.
  if (view.layer) return;
  const page = data.pages[view.number];
  if (page.image) view.sheet.append(make("img", { src: page.image, alt: `Image of page ${page.number}`, decoding: "async" }));
  view.layer = make("div", { className: "layer" });
  view.layer.setAttribute("role", "group");
  view.layer.setAttribute("aria-label", `Words of page ${page.number}`);
  view.sheet.append(view.layer);
  renderLayer(view);
  renderText(view);
  updateClasses(view);
}

const updateAllClasses = () => views.forEach(updateClasses);

function wordsWhere(fits) {
  return data.pages.flatMap((_, page) => readingOf(page).words.flatMap((word, number) => (fits(word) ? [{ page, number }] : [])));
}

function goToNext(list, direction) {
  if (!list.length) return;
  const after = (each) => each.page > state.page || (each.page === state.page && each.number > state.word);
  const before = (each) => each.page < state.page || (each.page === state.page && each.number < state.word);
  const next = direction > 0 ? list.find(after) || list[0] : list.findLast(before) || list.at(-1);
  goTo(next.page, next.number);
}

const goToDoubtful = (direction) => goToNext(wordsWhere(isDoubtful), direction);
const goToDifference = (direction) => goToNext(wordsWhere((word) => word.differs), direction);

function goTo(page, number, { focus = true } = {}) {
  const previous = views[state.page];
  Object.assign(state, { page, word: number });
  const view = views[page];
  render(view);
  updateClasses(previous);
  updateClasses(view);
  const element = view.boxes[number] || view.spans[state.engine][number];
  if (!element) return;
  element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  if (view.boxes[number]) {
    for (const each of view.layer.querySelectorAll("[tabindex='0']")) each.tabIndex = -1;
    element.tabIndex = 0;
    if (focus) element.focus({ preventScroll: true });
  }
  showCounts();
  showCard(view, number, element);
}

function otherReadings(page, engine, word) {
  // The text of the other engines at the place of this word.
  const row = data.pages[page].rows.find((lines) => lines[engine].includes(word.line));
  return data.engines.flatMap(({ name }, other) => {
    if (other === engine) return [];
    const words = row[other].flatMap((line) => readingOf(page, other).lines[line].words);
    const text = words.filter((each) => each.differs).map(textOf).join(" ");
    if (!text && words.some((each) => textOf(each) === textOf(word))) return []; // this engine agrees, a third one differs
    return [[name, text || (words.length ? "the line without this word" : "no text here")]];
  });
}

function candidateText([text, score, share]) {
  // A reading among which a step chose, with its probability or else its score.
  if (share !== null) return `${text} (${percent(share)})`;
  return score === null ? text : `${text} (${score.toFixed(1)})`;
}

function showCard(view, number, element, engine = state.engine) {
  const word = readingOf(view.number, engine).words[number];
  const { name, details } = data.engines[engine];
  const readBy = readingOf(view.number, engine).lines[word.line].read_by; // null: by the engine
  const rows = [
    ["Confidence", word.confidence === null ? "not given" : percent(word.confidence) + (isDoubtful(word) ? ", doubtful" : "")],
    ["Or", word.alternatives.map(([text, share]) => (share === null ? text : `${text} (${percent(share)})`)).join(", ")],
    ["Second reading", word.finding && FINDINGS[word.finding][0]],
    ["Language", word.language],
    ["Handwritten", word.handwritten],
    ["Read by", readBy ? readBy.replace("_", " ") : null],
    ["Engine", readBy ? null : details ? `${name} (${details})` : name],
    ["Raw text", word.corrected !== null && state.corrected ? word.text : null],
    ["Corrected to", word.corrected !== null && !state.corrected ? word.corrected : null],
    ["Corrected by", word.corrections.map(({ by }) => by).join(", ")],
    ["Candidates", word.corrections.flatMap(({ candidates }) => candidates).map(candidateText).join(", ")],
    ...(word.differs ? otherReadings(view.number, engine, word) : []),
  ];
  $("card").replaceChildren(
    make("strong", { textContent: textOf(word), dir: "auto" }),
    make("dl", {}, ...rows.filter(([, value]) => value).map(([key, value]) =>
      make("div", {}, make("dt", { textContent: key }), make("dd", { textContent: value })))),
  );
  const card = $("card");
  card.hidden = false;
  const place = element.getBoundingClientRect();
  const below = place.bottom + 10 + card.offsetHeight < innerHeight;
  card.style.left = `${Math.max(8, Math.min(place.left, innerWidth - card.offsetWidth - 8))}px`;
  card.style.top = `${below ? place.bottom + 10 : Math.max(8, place.top - card.offsetHeight - 10)}px`;
}

const hideCard = () => ($("card").hidden = true);

function showCounts() {
  const count = (list, label) => {
    const place = list.findIndex((each) => each.page === state.page && each.number === state.word);
    return `${place < 0 ? "" : `${place + 1} of `}${list.length} ${label}`;
  };
  const doubtful = wordsWhere(isDoubtful);
  $("doubts").textContent = count(doubtful, "doubtful");
  $("doubt-previous").disabled = $("doubt-next").disabled = !doubtful.length;
  const different = wordsWhere((word) => word.differs);
  $("differ").textContent = count(different, "different");
  $("differ-previous").disabled = $("differ-next").disabled = !different.length;
  data.pages.forEach((_, page) => {
    const small = $("pages").querySelectorAll("small")[page];
    const here = doubtful.filter((each) => each.page === page).length;
    small.textContent = here || "";
    small.title = here ? `${here} doubtful` : "";
  });
}

function showLegend() {
  const words = data.pages.flatMap((_, page) => readingOf(page).words);
  $("legend").replaceChildren(...BANDS.flatMap(([kind, title, fits]) => {
    const count = words.filter((word) => fits(word.confidence)).length;
    if (!count && kind === "unknown") return [];
    return [make("li", {}, make("i", { className: kind }), `${title}: ${count}`)];
  }));
}

function setEngine(number) {
  state.engine = number;
  state.word = -1;
  state.finding = null;
  $("engine").value = number;
  hideCard();
  for (const view of views) {
    showHeading(view);
    if (view.layer) renderLayer(view);
  }
  find($("query").value);
  updateAllClasses();
  showCounts();
  showFindingCount();
  showLegend();
}

function setThreshold(share) {
  state.threshold = share;
  $("threshold").value = Math.round(share * 100);
  $("threshold-value").textContent = `${Math.round(share * 100)} %`;
  updateAllClasses();
  showCounts();
}

function setCorrected(on) {
  state.corrected = on;
  $("corrected").setAttribute("aria-pressed", on);
  hideCard();
  for (const view of views.filter((each) => each.layer)) {
    renderLayer(view);
    renderText(view);
  }
  find($("query").value);
  updateAllClasses();
}

function setZoom(zoom) {
  state.zoom = Math.min(6, Math.max(0.25, zoom));
  document.documentElement.style.setProperty("--zoom", state.zoom);
  $("fit").textContent = `${Math.round(state.zoom * 100)} %`;
  hideCard();
}

function setBoxes(kind) {
  $("boxes").value = kind;
  document.body.classList.remove("boxes-all", "boxes-doubtful", "boxes-none");
  document.body.classList.add(`boxes-${kind}`);
}

function toggle(button, name) {
  const on = document.body.classList.toggle(name);
  $(button).setAttribute("aria-pressed", on);
  hideCard();
}

function goToPage(direction) {
  const place = Math.min(views.length - 1, Math.max(0, currentPage() + direction));
  views[place].article.scrollIntoView({ block: "start", behavior: "instant" });
}

function currentPage() {
  // The last page whose top is in the upper third of the window, or above it.
  const passed = views.filter((view) => view.article.getBoundingClientRect().top < innerHeight / 3);
  return passed.length ? passed.length - 1 : 0;
}

function moveFocus(element, key) {
  // Move the focus by an arrow key, from a word over the page.
  const view = views[element.closest(".page").dataset.page];
  const reading = readingOf(view.number);
  const number = Number(element.dataset.word);
  const isShown = (place) => view.boxes[place];
  let to = -1;
  if (key === "ArrowRight") to = reading.words.findIndex((_, place) => place > number && isShown(place));
  if (key === "ArrowLeft") to = reading.words.findLastIndex((_, place) => place < number && isShown(place));
  if (key === "ArrowDown" || key === "ArrowUp") {
    const line = reading.words[number].line + (key === "ArrowDown" ? 1 : -1);
    const middle = (each) => { const box = view.boxes[each].getBoundingClientRect(); return box.left + box.width / 2; };
    const candidates = reading.words.flatMap((word, place) => (word.line === line && isShown(place) ? [place] : []));
    const distance = (place) => Math.abs(middle(place) - middle(number));
    to = candidates.length ? candidates.reduce((best, place) => (distance(place) < distance(best) ? place : best)) : -1;
  }
  if (to >= 0) goTo(view.number, to);
}

const next = (list, value) => list[(list.indexOf(value) + 1) % list.length];
const KEYS = {
  n: () => goToDoubtful(1),
  p: () => goToDoubtful(-1),
  d: () => goToDifference(1),
  D: () => goToDifference(-1),
  f: () => goToNextFinding(1),
  F: () => goToNextFinding(-1),
  "/": () => { $("query").focus(); $("query").select(); },
  "[": () => goToPage(-1),
  "]": () => goToPage(1),
  e: () => several && setEngine((state.engine + 1) % data.engines.length),
  c: () => correctable && setCorrected(!state.corrected),
  b: () => setBoxes(next(["all", "doubtful", "none"], $("boxes").value)),
  t: () => toggle("text", "with-text"),
  w: () => toggle("paper", "words-only"),
  "+": () => setZoom(state.zoom * 1.25),
  "-": () => setZoom(state.zoom / 1.25),
  0: () => setZoom(1),
  "?": () => $("keys").showModal(),
  Escape: hideCard,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  const { target, key } = event;
  if (target.id === "query") {
    if (key === "Escape") target.blur();
    if (key === "Enter" && event.shiftKey) { event.preventDefault(); goToHit(-1); }
    return;
  }
  if (target.matches("select, input") && key.length > 1) return;
  if (target.matches?.(".layer .word") && key.startsWith("Arrow")) {
    event.preventDefault();
    moveFocus(target, key);
  } else if (Object.hasOwn(KEYS, key)) {
    event.preventDefault();
    KEYS[key]();
  }
});

document.addEventListener("copy", (event) => {
  const text = selectedText(getSelection());
  if (!text || document.activeElement === $("query")) return;
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
});

function wordAt(event) {
  const element = event.target.closest?.("[data-word]");
  if (!element) return null;
  const view = views[element.closest(".page").dataset.page];
  return { element, view, number: Number(element.dataset.word), engine: Number(element.dataset.engine ?? state.engine) };
}

$("sheets").addEventListener("pointerover", (event) => {
  const at = wordAt(event);
  if (at) showCard(at.view, at.number, at.element, at.engine);
});
$("sheets").addEventListener("pointerout", (event) => event.target.closest("[data-word]") && hideCard());
$("sheets").addEventListener("focusin", (event) => {
  const at = wordAt(event);
  if (!at || (state.page === at.view.number && state.word === at.number)) return;
  const previous = views[state.page];
  Object.assign(state, { page: at.view.number, word: at.number });
  updateClasses(previous);
  updateClasses(at.view);
  showCounts();
  showCard(at.view, at.number, at.element, at.engine);
});
$("sheets").addEventListener("click", (event) => {
  const at = wordAt(event);
  if (!at || !getSelection().isCollapsed) return;
  if (at.engine !== state.engine) setEngine(at.engine);
  goTo(at.view.number, at.number, { focus: Boolean(at.element.closest(".layer")) });
});
addEventListener("scroll", () => {
  const here = currentPage();
  $("pages").querySelectorAll("a").forEach((link, number) =>
    number === here ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"));
}, { passive: true });
addEventListener("beforeprint", () => { views.forEach(render); hideCard(); });

$("find").addEventListener("submit", (event) => { event.preventDefault(); goToHit(1); });
$("query").addEventListener("input", () => { find($("query").value); updateAllClasses(); });
$("hit-previous").addEventListener("click", () => goToHit(-1));
$("doubt-next").addEventListener("click", KEYS.n);
$("doubt-previous").addEventListener("click", KEYS.p);
$("differ-next").addEventListener("click", KEYS.d);
$("differ-previous").addEventListener("click", KEYS.D);
$("finding-next").addEventListener("click", KEYS.f);
$("finding-previous").addEventListener("click", KEYS.F);
$("threshold").addEventListener("input", () => setThreshold($("threshold").value / 100));
$("boxes").addEventListener("change", () => setBoxes($("boxes").value));
$("engine").addEventListener("change", () => setEngine(Number($("engine").value)));
$("corrected").addEventListener("click", KEYS.c);
$("text").addEventListener("click", KEYS.t);
$("paper").addEventListener("click", KEYS.w);
$("smaller").addEventListener("click", KEYS["-"]);
$("larger").addEventListener("click", KEYS["+"]);
$("fit").addEventListener("click", KEYS[0]);
$("help").addEventListener("click", KEYS["?"]);
$("more").addEventListener("click", () =>
  $("more").setAttribute("aria-expanded", $("options").classList.toggle("open")));

function start() {
  data.engines.forEach((engine, number) => $("engine").append(make("option", { value: number, textContent: engine.name })));
  data.pages.forEach((page) => $("pages").firstElementChild.append(make("li", {},
    make("a", { href: `#page-${page.number}` }, make("b", {}, make("i", { textContent: "Page " }), `${page.number}`), make("small")))));
  $("pages").hidden = data.pages.length < 2;
  $("engine-choice").hidden = $("differences").hidden = !several;
  $("disagreements").hidden = !hasFindings;
  document.querySelectorAll(".found").forEach((element) => (element.hidden = !hasFindings));
  document.querySelectorAll(".several").forEach((element) => (element.hidden = !several));
  document.querySelectorAll(".correctable").forEach((element) => (element.hidden = !correctable));
  $("corrected").hidden = !correctable;
  $("paper").hidden = !data.pages.some((page) => page.image);
  document.body.classList.add("with-text", "boxes-all");
  data.pages.forEach(addPage);
  const bar = document.querySelector(".bar");
  new ResizeObserver(() => document.documentElement.style.setProperty("--bar", `${bar.offsetHeight}px`)).observe(bar);
  setEngine(0);
  setThreshold(state.threshold);
  const near = new IntersectionObserver((entries) => entries.forEach((entry) =>
    entry.isIntersecting && render(views[entry.target.dataset.page])), { rootMargin: "100% 0px" });
  views.forEach((view) => near.observe(view.article));
  if (views.length) render(views[0]);
  dispatchEvent(new Event("scroll"));
}

start();
