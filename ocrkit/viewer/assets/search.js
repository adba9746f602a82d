// Search: in the text of the engine that is shown, over all pages, deaf to case and accents, across words of a line.

const search = { hits: [], place: -1, marked: new Set(), now: new Set() };

function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function find(query) {
  const wanted = folded(query.trim().replace(/\s+/g, " "));
  search.hits = [];
  search.place = -1;
  if (wanted)
    data.pages.forEach((_, page) => {
      const reading = readingOf(page);
      for (const line of reading.lines) {
        let text = "";
        const owners = [];
        line.words.forEach((word, place) => {
          const part = (word.spaced ? " " : "") + folded(textOf(word));
          text += part;
          for (let each = 0; each < part.length; each++) owners.push(line.first + place);
        });
        for (let start = text.indexOf(wanted); start >= 0; start = text.indexOf(wanted, start + wanted.length))
          search.hits.push({ page, words: [...new Set(owners.slice(start, start + wanted.length))] });
      }
    });
  search.marked = new Set(search.hits.flatMap((hit) => hit.words.map((word) => `${hit.page}:${word}`)));
  search.now = new Set();
  showHits();
}

function showHits() {
  const { hits, place } = search;
  $("hits").textContent = !$("query").value.trim() ? "" : !hits.length ? "none" : place < 0 ? `${hits.length}` : `${place + 1} of ${hits.length}`;
  $("hit-back").disabled = $("hit-on").disabled = !hits.length;
}

function goToHit(step) {
  if (!search.hits.length) return;
  const count = search.hits.length;
  if (search.place < 0) {
    // The first hit is the first one from where the reader is.
    const ahead = search.hits.findIndex((hit) => hit.page > state.page || (hit.page === state.page && hit.words[0] >= state.word));
    search.place = step > 0 ? Math.max(ahead, 0) : ((ahead < 0 ? 0 : ahead) - 1 + count) % count;
  } else search.place = (search.place + step + count) % count;
  const hit = search.hits[search.place];
  search.now = new Set(hit.words.map((word) => `${hit.page}:${word}`));
  showHits();
  goTo(hit.page, hit.words[0], { focus: false });
}
