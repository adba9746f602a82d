"use strict";
// The words of a page, over its image and as text beside it. Recognized text becomes text nodes, never markup.

const data = JSON.parse(document.getElementById("data").textContent);
const state = { engine: 0, threshold: data.doubtful, corrected: true, zoom: 1, page: 0, word: -1, finding: null };
const several = data.engines.length > 1;
const $ = (id) => document.getElementById(id);

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// Each reading gets a flat list of its words with their lines, so that "the next word" is the next index.
for (const page of data.pages)
  for (const reading of page.readings) {
    reading.words = [];
    reading.lines.forEach((line, number) => {
      line.first = reading.words.length;
      for (const word of line.words) reading.words.push(Object.assign(word, { line: number }));
    });
  }

const readingOf = (page, engine = state.engine) => data.pages[page].readings[engine];
const textOf = (word) => (state.corrected && word.corrected !== null ? word.corrected : word.text);
const isDoubtful = (word) => word.confidence !== null && word.confidence < state.threshold;
const percent = (share) => `${share > 0.99 && share < 1 ? (Math.floor(share * 1000) / 10).toFixed(1) : Math.round(share * 100)} %`;

const BANDS = [
  ["sure", "≥ 95 %", (c) => c !== null && c >= 0.95],
  ["fair", "80–95 %", (c) => c !== null && c >= 0.8 && c < 0.95],
  ["weak", "60–80 %", (c) => c !== null && c >= 0.6 && c < 0.8],
  ["poor", "< 60 %", (c) => c !== null && c < 0.6],
  ["unknown", "unknown", (c) => c === null],
];
const bandOf = (word) => BANDS.find(([, , fits]) => fits(word.confidence))[0];

const measure = document.createElement("canvas").getContext("2d");
measure.font = "100px sans-serif";
const textWidths = new Map();
function textWidth(text) {
  // The width of a text in a font with a size of one pixel.
  if (!textWidths.has(text)) textWidths.set(text, measure.measureText(text).width / 100 || 1);
  return textWidths.get(text);
}

function fitText(element, word) {
  // Stretch the text to the width of the printed word, so that a selection covers the word on the image.
  const text = textOf(word);
  element.firstChild.textContent = text;
  const [, , ax, ay, dx, dy] = word.frame;
  const width = Math.hypot(ax, ay) || 1;
  const height = Math.hypot(dx, dy) || 1;
  const size = Math.min(1.2 * height, Math.max(0.7 * height, width / textWidth(text)));
  element.style.setProperty("--size", size);
  element.style.setProperty("--k", width / (size * textWidth(text)));
}

function wordBox(word, number) {
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

function renderLayer(view) {
  // Spaces between words and breaks between lines are part of the layer, so a selection contains them too.
  const reading = readingOf(view.number);
  view.boxes = [];
  view.layer.replaceChildren();
  reading.words.forEach((word, number) => {
    const before = reading.words[number - 1];
    if (before) view.layer.append(before.line !== word.line ? make("br") : word.spaced ? " " : "");
    if (!word.frame) return;
    view.boxes[number] = wordBox(word, number);
    view.layer.append(view.boxes[number]);
  });
  renderMarks(view);
  const first = view.boxes.find(Boolean);
  if (first) first.tabIndex = 0;
  renderObjects(view);
}

function separator(reading, before, after) {
  // The text between two lines. Cells of a table row are separated by tabs, which spreadsheets can paste.
  const [one, other] = [reading.lines[before], reading.lines[after]];
  if (one.block !== other.block) return "\n\n";
  if (!one.cell || !other.cell || one.cell[0] !== other.cell[0]) return "\n";
  return one.cell[1] === other.cell[1] ? " " : "\t";
}

function textCell(view, engine, lines) {
  // The text of one engine in one place, in spans that know their word.
  const cell = make("div", { dir: "auto" });
  for (const index of lines) {
    const line = readingOf(view.number, engine).lines[index];
    if (cell.childNodes.length) cell.append(" ");
    line.words.forEach((word, place) => {
      const number = line.first + place;
      const element = make("span", { textContent: textOf(word) });
      element.dataset.word = number;
      element.dataset.engine = engine;
      if (word.language) element.lang = word.language;
      view.spans[engine][number] = element;
      cell.append(word.spaced ? " " : "", element);
    });
  }
  return cell;
}

function textRow(page, row, cells, before) {
  // A row with one cell for each engine. With one engine, a gap separates blocks.
  const linesOf = (engine) => row[engine].map((index) => page.readings[engine].lines[index]);
  const element = make("div", { className: "line" }, ...cells);
  element.classList.toggle("gap", !several && before !== null && before.block !== linesOf(0)[0].block);
  element.classList.toggle("other", row.some((_, engine) => linesOf(engine).some((line) => line.words.some((word) => word.differs))));
  return element;
}

function renderText(view) {
  const page = data.pages[view.number];
  view.spans = page.readings.map(() => []);
  const elements = [];
  if (several)
    elements.push(make("div", { className: "line head" }, ...data.engines.map((engine) =>
      make("div", {}, engine.name, make("small", { textContent: engine.details })))));
  let before = null; // with one engine, the line of the previous row
  for (const row of page.rows) {
    const cells = row.map((lines, engine) => textCell(view, engine, lines));
    const gap = before === null ? "\n" : separator(page.readings[0], before, row[0][0]);
    if (gap === " " || gap === "\t") {
      const spacing = gap === " " ? " " : make("span", { className: "cell-gap", textContent: gap });
      elements.at(-1).firstChild.append(spacing, ...cells[0].childNodes);
    } else elements.push(textRow(page, row, cells, before === null ? null : page.readings[0].lines[before]));
    if (!several) before = row[0][0];
  }
  if (!page.rows.length) elements.push(make("div", { className: "line" }, make("div", { className: "none", textContent: "No text." })));
  view.texts.replaceChildren(...elements);
  renderObjects(view);
}

function updateClasses(view) {
  // Set the CSS classes of all words of a page from the current state.
  if (!view.layer) return;
  const page = data.pages[view.number];
  const mark = (element, word, engine, number) => {
    if (!element) return;
    const isShown = engine === state.engine;
    const names = [bandOf(word)];
    if (isDoubtful(word)) names.push("doubtful");
    if (word.differs) names.push("differs");
    if (word.finding) names.push("unsupported");
    if (isShown && search.marked.has(`${view.number}:${number}`)) names.push("hit");
    if (isShown && search.current.has(`${view.number}:${number}`)) names.push("hit-now");
    if (isShown && state.page === view.number && state.word === number) names.push("current");
    element.className = [element.classList.contains("word") ? "word" : "", ...names].join(" ").trim();
  };
  page.readings.forEach((reading, engine) => reading.words.forEach((word, number) => {
    if (engine === state.engine) mark(view.boxes[number], word, engine, number);
    mark(view.spans[engine][number], word, engine, number);
  }));
}

function selectedText(selection) {
  // The selected text in reading order. The browser's own text has breaks between absolutely positioned words.
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
      else text += before.line !== word.line ? separator(reading, before.line, word.line) : word.spaced ? " " : "";
    }
    text += part;
    before = { page, line: word.line };
  }
  return text;
}
