// Search in the text of the selected engine: all pages, ignoring case and accents, across the words of a line.

const search = { hits: [], place: -1, marked: new Set(), current: new Set() };

function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function find(query) {
  const wanted = fold(query.trim().replace(/\s+/g, " "));
  search.hits = [];
  search.place = -1;
  if (wanted)
    data.pages.forEach((_, page) => {
      const reading = readingOf(page);
      for (const line of reading.lines) {
        let text = "";
        const wordAtCharacter = [];
        line.words.forEach((word, place) => {
          const part = (word.spaced ? " " : "") + fold(textOf(word));
          text += part;
          for (let each = 0; each < part.length; each++) wordAtCharacter.push(line.first + place);
        });
        for (let start = text.indexOf(wanted); start >= 0; start = text.indexOf(wanted, start + wanted.length))
          search.hits.push({ page, words: [...new Set(wordAtCharacter.slice(start, start + wanted.length))] });
      }
    });
  search.marked = new Set(search.hits.flatMap((hit) => hit.words.map((word) => `${hit.page}:${word}`)));
  search.current = new Set();
  showHits();
}

function showHits() {
  const { hits, place } = search;
  $("hits").textContent = !$("query").value.trim() ? "" : !hits.length ? "no hits" : place < 0 ? `${hits.length}` : `${place + 1} of ${hits.length}`;
  $("hit-previous").disabled = $("hit-next").disabled = !hits.length;
}

function goToHit(step) {
  if (!search.hits.length) return;
  const count = search.hits.length;
  if (search.place < 0) {
    // Begin at the first hit at or after the selected word.
    const ahead = search.hits.findIndex((hit) => hit.page > state.page || (hit.page === state.page && hit.words[0] >= state.word));
    search.place = step > 0 ? Math.max(ahead, 0) : ((ahead < 0 ? 0 : ahead) - 1 + count) % count;
  } else search.place = (search.place + step + count) % count;
  const hit = search.hits[search.place];
  search.current = new Set(hit.words.map((word) => `${hit.page}:${word}`));
  showHits();
  goTo(hit.page, hit.words[0], { focus: false });
}
