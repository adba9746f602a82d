"use strict";
// A page's words over its picture, and as text beside it. Whatever was read becomes text nodes, never markup.

const data = JSON.parse(document.getElementById("data").textContent);
const state = { reader: 0, limit: data.doubtful, corrected: true, zoom: 1, page: 0, word: -1 };
const $ = (id) => document.getElementById(id);

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// Every reading gets its words in one list, each with its line, so that "the next word" is the next number.
for (const page of data.pages)
  for (const reading of page.readings) {
    reading.words = [];
    reading.lines.forEach((line, number) => {
      line.first = reading.words.length;
      for (const word of line.words) reading.words.push(Object.assign(word, { line: number }));
    });
  }

const readingOf = (page, reader = state.reader) => data.pages[page].readings[reader];
const textOf = (word) => (state.corrected && word.corrected !== null ? word.corrected : word.text);
const isDoubtful = (word) => word.confidence !== null && word.confidence < state.limit;
const percent = (share) => `${share > 0.99 && share < 1 ? (Math.floor(share * 1000) / 10).toFixed(1) : Math.round(share * 100)} %`;

const KINDS = [
  ["sure", "≥ 95 %", (c) => c !== null && c >= 0.95],
  ["fair", "80–95 %", (c) => c !== null && c >= 0.8 && c < 0.95],
  ["weak", "60–80 %", (c) => c !== null && c >= 0.6 && c < 0.8],
  ["poor", "< 60 %", (c) => c !== null && c < 0.6],
  ["unknown", "not known", (c) => c === null],
];
const kindOf = (word) => KINDS.find(([, , fits]) => fits(word.confidence))[0];

const ruler = document.createElement("canvas").getContext("2d");
ruler.font = "100px sans-serif";
const natural = new Map();
function naturalWidth(text) {
  // How wide a text is in a font one pixel tall.
  if (!natural.has(text)) natural.set(text, ruler.measureText(text).width / 100 || 1);
  return natural.get(text);
}

function fitText(element, word) {
  // The text as wide as the word's ink: over it, a selection looks as if it were the ink's own.
  const text = textOf(word);
  element.firstChild.textContent = text;
  const [, , ax, ay, dx, dy] = word.frame;
  const width = Math.hypot(ax, ay) || 1;
  const height = Math.hypot(dx, dy) || 1;
  const size = Math.min(1.2 * height, Math.max(0.7 * height, width / naturalWidth(text)));
  element.style.setProperty("--size", size);
  element.style.setProperty("--k", width / (size * naturalWidth(text)));
}

function wordOverPage(word, number) {
  const [x, y, ax, ay, dx, dy] = word.frame;
  const width = Math.hypot(ax, ay) || 1;
  const height = Math.hypot(dx, dy) || 1;
  const element = make("span", { className: "word", tabIndex: -1, dir: "auto" }, make("b"));
  element.dataset.word = number;
  if (word.language) element.lang = word.language;
  const values = { x, y, ww: width, hh: height, m: [ax / width, ay / width, dx / height, dy / height, 0, 0] };
  for (const [name, value] of Object.entries(values)) element.style.setProperty(`--${name}`, value);
  fitText(element, word);
  return element;
}

function fillLayer(view) {
  // Words of a line and lines of a page with the spaces and breaks between them, which a selection then has too.
  const reading = readingOf(view.number);
  view.over = [];
  view.layer.replaceChildren();
  reading.words.forEach((word, number) => {
    const before = reading.words[number - 1];
    if (before) view.layer.append(before.line !== word.line ? make("br") : word.spaced ? " " : "");
    if (!word.frame) return;
    view.over[number] = wordOverPage(word, number);
    view.layer.append(view.over[number]);
  });
  const first = view.over.find(Boolean);
  if (first) first.tabIndex = 0;
}

function between(reading, before, after) {
  // What parts two lines of text: within a table the cells of a row are tabs apart, as spreadsheets take them.
  const [one, other] = [reading.lines[before], reading.lines[after]];
  if (one.block !== other.block) return "\n\n";
  if (!one.cell || !other.cell || one.cell[0] !== other.cell[0]) return "\n";
  return one.cell[1] === other.cell[1] ? " " : "\t";
}

function fillText(view) {
  const page = data.pages[view.number];
  view.beside = page.readings.map(() => []);
  const rows = [];
  if (data.readers.length > 1)
    rows.push(make("div", { className: "line head" }, ...data.readers.map((reader) =>
      make("div", {}, reader.name, make("small", { textContent: reader.engine })))));
  let before = null;
  let last = null;
  for (const row of page.rows) {
    const cells = row.map((lines, reader) => {
      const cell = make("div", { dir: "auto" });
      for (const line of lines) {
        if (cell.childNodes.length) cell.append(" ");
        page.readings[reader].lines[line].words.forEach((word, place) => {
          const number = page.readings[reader].lines[line].first + place;
          const element = make("span", { textContent: textOf(word) });
          element.dataset.word = number;
          element.dataset.reader = reader;
          if (word.language) element.lang = word.language;
          view.beside[reader][number] = element;
          cell.append(word.spaced ? " " : "", element);
        });
      }
      return cell;
    });
    const gap = rows.length && page.readings.length === 1 && row[0].length && last !== null ? between(page.readings[0], last, row[0][0]) : "\n";
    last = row[0].length ? row[0][row[0].length - 1] : null;
    if (gap === " " || gap === "\t") {
      const apart = gap === " " ? " " : make("span", { className: "apart", textContent: gap });
      rows[rows.length - 1].firstChild.append(apart, ...cells[0].childNodes);
      continue;
    }
    const line = make("div", { className: "line" }, ...cells);
    const base = row.findIndex((lines) => lines.length);
    const block = base < 0 ? null : page.readings[base].lines[row[base][0]].block;
    line.classList.toggle("gap", data.readers.length === 1 && before !== null && block !== before);
    line.classList.toggle("other", row.some((lines, reader) =>
      lines.some((number) => page.readings[reader].lines[number].words.some((word) => word.differs))));
    before = block;
    rows.push(line);
  }
  if (!page.rows.length) rows.push(make("div", { className: "line" }, make("div", { className: "none", textContent: "No text." })));
  view.texts.replaceChildren(...rows);
}

function paint(view) {
  // The classes of all words of a page, after anything that they depend on.
  if (!view.layer) return;
  const page = data.pages[view.number];
  const mark = (element, word, reader, number) => {
    if (!element) return;
    const own = reader === state.reader;
    const kind = kindOf(word);
    const names = [kind];
    if (isDoubtful(word)) names.push("doubtful");
    if (word.differs) names.push("differs");
    if (own && search.marked.has(`${view.number}:${number}`)) names.push("hit");
    if (own && search.now.has(`${view.number}:${number}`)) names.push("hit-now");
    if (own && state.page === view.number && state.word === number) names.push("current");
    element.className = [element.classList.contains("word") ? "word" : "", ...names].join(" ").trim();
  };
  page.readings.forEach((reading, reader) => reading.words.forEach((word, number) => {
    if (reader === state.reader) mark(view.over[number], word, reader, number);
    mark(view.beside[reader][number], word, reader, number);
  }));
}

function copied(selection) {
  // A browser puts breaks between words that are placed one by one; this is the text as it reads.
  let text = "";
  let before = null;
  for (const element of document.querySelectorAll(".layer .word")) {
    if (!selection.containsNode(element, true)) continue;
    const range = document.createRange();
    range.selectNodeContents(element);
    for (let each = 0; each < selection.rangeCount; each++) {
      const selected = selection.getRangeAt(each);
      if (range.compareBoundaryPoints(Range.START_TO_START, selected) < 0) range.setStart(selected.startContainer, selected.startOffset);
      if (range.compareBoundaryPoints(Range.END_TO_END, selected) > 0) range.setEnd(selected.endContainer, selected.endOffset);
    }
    const part = range.toString();
    if (!part) continue;
    const page = Number(element.closest(".page").dataset.page);
    const reading = readingOf(page);
    const word = reading.words[element.dataset.word];
    if (before) {
      if (before.page !== page) text += "\n\n";
      else text += before.line !== word.line ? between(reading, before.line, word.line) : word.spaced ? " " : "";
    }
    text += part;
    before = { page, line: word.line };
  }
  return text;
}
