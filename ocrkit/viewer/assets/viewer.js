// The page as a whole: what is shown, where one is in it, and what the keys do.

const views = [];
const several = data.readers.length > 1;
const correctable = data.pages.some((page) => page.readings.some((reading) => reading.words.some((word) => word.corrected !== null)));

function titleOf(page, number) {
  const reading = readingOf(number);
  const facts = [`${page.width} × ${page.height} px`, `${reading.words.length} words`];
  if (reading.mean !== null) facts.push(`mean confidence ${percent(reading.mean)}`);
  if (reading.coverage !== null) facts.push(`ink read ${percent(reading.coverage)}`);
  return [`Page ${page.number}`, make("span", { textContent: facts.join(" · ") })];
}

function addPage(page, number) {
  const title = make("h2");
  const notes = make("div");
  const sheet = make("div", { className: "sheet" });
  const frame = make("div", { className: "frame" }, sheet);
  const texts = make("section", { className: "texts" });
  texts.setAttribute("aria-label", `Text of page ${page.number}`);
  const article = make("article", { className: "page", id: `page-${page.number}` }, title, notes,
    make("div", { className: "halves" }, frame, texts));
  article.dataset.page = number;
  sheet.style.setProperty("--w", page.width || 1);
  sheet.style.setProperty("--h", page.height || 1);
  frame.hidden = !page.width;
  texts.style.setProperty("--readers", data.readers.length);
  sheet.classList.toggle("paper", !page.picture);
  $("sheets").append(article);
  views.push({ number, article, title, notes, sheet, texts, layer: null, over: [], beside: [] });
}

function showFacts(view) {
  const page = data.pages[view.number];
  view.title.replaceChildren(...titleOf(page, view.number));
  view.notes.replaceChildren(...page.readings.flatMap((reading, reader) => reading.warnings.map((warning) =>
    make("p", { className: "warning", textContent: several ? `${data.readers[reader].name}: ${warning}` : warning }))));
}

function render(view) {
  // What is far from the window waits until it comes near: a book has more words than a browser likes.
  if (view.layer) return;
  const page = data.pages[view.number];
  if (page.picture) view.sheet.append(make("img", { src: page.picture, alt: `Picture of page ${page.number}`, decoding: "async" }));
  view.layer = make("div", { className: "layer" });
  view.layer.setAttribute("role", "group");
  view.layer.setAttribute("aria-label", `Words of page ${page.number}`);
  view.sheet.append(view.layer);
  fillLayer(view);
  fillText(view);
  paint(view);
}

const paintAll = () => views.forEach(paint);

function listOf(fits) {
  return data.pages.flatMap((_, page) => readingOf(page).words.flatMap((word, number) => (fits(word) ? [{ page, number }] : [])));
}

function step(list, direction) {
  if (!list.length) return;
  const after = (each) => each.page > state.page || (each.page === state.page && each.number > state.word);
  const before = (each) => each.page < state.page || (each.page === state.page && each.number < state.word);
  const next = direction > 0 ? list.find(after) || list[0] : list.findLast(before) || list.at(-1);
  goTo(next.page, next.number);
}

const toDoubt = (direction) => step(listOf(isDoubtful), direction);
const toDifference = (direction) => step(listOf((word) => word.differs), direction);

function goTo(page, number, { focus = true } = {}) {
  const left = views[state.page];
  Object.assign(state, { page, word: number });
  const view = views[page];
  render(view);
  paint(left);
  paint(view);
  const beside = view.beside[state.reader][number];
  const element = view.over[number] || beside;
  if (!element) return;
  element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  if (view.over[number]) {
    for (const each of view.layer.querySelectorAll("[tabindex='0']")) each.tabIndex = -1;
    element.tabIndex = 0;
    if (focus) element.focus({ preventScroll: true });
  }
  showCounts();
  showCard(view, number, element);
}

function differently(page, reader, word) {
  // What the other engines have where this word stands.
  const row = data.pages[page].rows.find((lines) => lines[reader].includes(word.line));
  return data.readers.flatMap(({ name }, other) => {
    if (other === reader) return [];
    const words = row[other].flatMap((line) => readingOf(page, other).lines[line].words);
    const theirs = words.filter((each) => each.differs).map(textOf).join(" ");
    if (!theirs && words.some((each) => textOf(each) === textOf(word))) return []; // of three, this one agrees
    return [[name, theirs || (words.length ? "the line without it" : "nothing here")]];
  });
}

function showCard(view, number, element, reader = state.reader) {
  const word = readingOf(view.number, reader).words[number];
  const { name, engine } = data.readers[reader];
  const rows = [
    ["Confidence", word.confidence === null ? "not given" : percent(word.confidence) + (isDoubtful(word) ? ", doubtful" : "")],
    ["Language", word.language],
    ["Handwritten", word.handwritten],
    ["Read by", engine ? `${name} (${engine})` : name],
    ["Read as", word.corrected !== null && state.corrected ? word.text : null],
    ["Corrected", word.corrected !== null && !state.corrected ? word.corrected : null],
    ...(word.differs ? differently(view.number, reader, word) : []),
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
  const count = (list, words) => {
    const place = list.findIndex((each) => each.page === state.page && each.number === state.word);
    return !list.length ? `no ${words}` : `${place < 0 ? "" : `${place + 1} of `}${list.length} ${words}`;
  };
  const doubtful = listOf(isDoubtful);
  $("doubts").textContent = count(doubtful, "doubtful");
  $("doubt-back").disabled = $("doubt-on").disabled = !doubtful.length;
  const different = listOf((word) => word.differs);
  $("differ").textContent = count(different, "different");
  $("differ-back").disabled = $("differ-on").disabled = !different.length;
  data.pages.forEach((_, page) => {
    const small = $("pages").querySelectorAll("small")[page];
    const here = doubtful.filter((each) => each.page === page).length;
    small.textContent = here || "";
    small.title = here ? `${here} doubtful` : "";
  });
}

function showLegend() {
  const words = data.pages.flatMap((_, page) => readingOf(page).words);
  $("legend").replaceChildren(...KINDS.flatMap(([kind, title, fits]) => {
    const count = words.filter((word) => fits(word.confidence)).length;
    if (!count && kind === "unknown") return [];
    return [make("li", {}, make("i", { className: kind }), `${title}: ${count}`)];
  }));
}

function setReader(number) {
  state.reader = number;
  state.word = -1;
  $("reader").value = number;
  hideCard();
  for (const view of views) {
    showFacts(view);
    if (view.layer) fillLayer(view);
  }
  find($("query").value);
  paintAll();
  showCounts();
  showLegend();
}

function setLimit(share) {
  state.limit = share;
  $("limit").value = Math.round(share * 100);
  $("limit-shown").textContent = `${Math.round(share * 100)} %`;
  paintAll();
  showCounts();
}

function setCorrected(on) {
  state.corrected = on;
  $("corrected").setAttribute("aria-pressed", on);
  hideCard();
  for (const view of views.filter((each) => each.layer)) {
    fillLayer(view);
    fillText(view);
  }
  find($("query").value);
  paintAll();
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

function toPage(direction) {
  const place = Math.min(views.length - 1, Math.max(0, current() + direction));
  views[place].article.scrollIntoView({ block: "start", behavior: "instant" });
}

function current() {
  // The page whose top has passed the upper third of the window.
  const passed = views.filter((view) => view.article.getBoundingClientRect().top < innerHeight / 3);
  return passed.length ? passed.length - 1 : 0;
}

function moveFrom(element, key) {
  // The arrows, from a word over the page.
  const view = views[element.closest(".page").dataset.page];
  const reading = readingOf(view.number);
  const number = Number(element.dataset.word);
  const has = (place) => view.over[place];
  let to = -1;
  if (key === "ArrowRight") to = reading.words.findIndex((_, place) => place > number && has(place));
  if (key === "ArrowLeft") to = reading.words.findLastIndex((_, place) => place < number && has(place));
  if (key === "ArrowDown" || key === "ArrowUp") {
    const line = reading.words[number].line + (key === "ArrowDown" ? 1 : -1);
    const middle = (each) => { const box = view.over[each].getBoundingClientRect(); return box.left + box.width / 2; };
    const there = reading.words.flatMap((word, place) => (word.line === line && has(place) ? [place] : []));
    const distance = (place) => Math.abs(middle(place) - middle(number));
    to = there.length ? there.reduce((best, place) => (distance(place) < distance(best) ? place : best)) : -1;
  }
  if (to >= 0) goTo(view.number, to);
}

const next = (list, value) => list[(list.indexOf(value) + 1) % list.length];
const KEYS = {
  n: () => toDoubt(1),
  p: () => toDoubt(-1),
  d: () => toDifference(1),
  D: () => toDifference(-1),
  "/": () => { $("query").focus(); $("query").select(); },
  "[": () => toPage(-1),
  "]": () => toPage(1),
  e: () => several && setReader((state.reader + 1) % data.readers.length),
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
    moveFrom(target, key);
  } else if (Object.hasOwn(KEYS, key)) {
    event.preventDefault();
    KEYS[key]();
  }
});

document.addEventListener("copy", (event) => {
  const text = copied(getSelection());
  if (!text || document.activeElement === $("query")) return;
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
});

function wordAt(event) {
  const element = event.target.closest?.("[data-word]");
  if (!element) return null;
  const view = views[element.closest(".page").dataset.page];
  return { element, view, number: Number(element.dataset.word), reader: Number(element.dataset.reader ?? state.reader) };
}

$("sheets").addEventListener("pointerover", (event) => {
  const at = wordAt(event);
  if (at) showCard(at.view, at.number, at.element, at.reader);
});
$("sheets").addEventListener("pointerout", (event) => event.target.closest("[data-word]") && hideCard());
$("sheets").addEventListener("focusin", (event) => {
  const at = wordAt(event);
  if (!at || (state.page === at.view.number && state.word === at.number)) return;
  const left = views[state.page];
  Object.assign(state, { page: at.view.number, word: at.number });
  paint(left);
  paint(at.view);
  showCounts();
  showCard(at.view, at.number, at.element, at.reader);
});
$("sheets").addEventListener("click", (event) => {
  const at = wordAt(event);
  if (!at || !getSelection().isCollapsed) return;
  if (at.reader !== state.reader) setReader(at.reader);
  goTo(at.view.number, at.number, { focus: Boolean(at.element.closest(".layer")) });
});
addEventListener("scroll", () => {
  const here = current();
  $("pages").querySelectorAll("a").forEach((link, number) =>
    number === here ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"));
}, { passive: true });
addEventListener("beforeprint", () => { views.forEach(render); hideCard(); });

$("find").addEventListener("submit", (event) => { event.preventDefault(); goToHit(1); });
$("query").addEventListener("input", () => { find($("query").value); paintAll(); });
$("hit-back").addEventListener("click", () => goToHit(-1));
$("doubt-on").addEventListener("click", KEYS.n);
$("doubt-back").addEventListener("click", KEYS.p);
$("differ-on").addEventListener("click", KEYS.d);
$("differ-back").addEventListener("click", KEYS.D);
$("limit").addEventListener("input", () => setLimit($("limit").value / 100));
$("boxes").addEventListener("change", () => setBoxes($("boxes").value));
$("reader").addEventListener("change", () => setReader(Number($("reader").value)));
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
  data.readers.forEach((reader, number) => $("reader").append(make("option", { value: number, textContent: reader.name })));
  data.pages.forEach((page) => $("pages").firstElementChild.append(make("li", {},
    make("a", { href: `#page-${page.number}` }, make("b", {}, make("i", { textContent: "Page " }), `${page.number}`), make("small")))));
  $("pages").hidden = data.pages.length < 2;
  $("reader-choice").hidden = $("differences").hidden = !several;
  document.querySelectorAll(".several").forEach((element) => (element.hidden = !several));
  document.querySelectorAll(".correctable").forEach((element) => (element.hidden = !correctable));
  $("corrected").hidden = !correctable;
  $("paper").hidden = !data.pages.some((page) => page.picture);
  document.body.classList.add("with-text", "boxes-all");
  data.pages.forEach(addPage);
  const bar = document.querySelector(".bar");
  new ResizeObserver(() => document.documentElement.style.setProperty("--bar", `${bar.offsetHeight}px`)).observe(bar);
  setReader(0);
  setLimit(state.limit);
  const near = new IntersectionObserver((entries) => entries.forEach((entry) =>
    entry.isIntersecting && render(views[entry.target.dataset.page])), { rootMargin: "100% 0px" });
  views.forEach((view) => near.observe(view.article));
  if (views.length) render(views[0]);
  dispatchEvent(new Event("scroll"));
}

start();
