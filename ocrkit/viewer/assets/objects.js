// Form fields, selection marks and codes: outlines over the page, and a list below the text.

const objectText = (object) => [object.symbol, object.name, object.value].filter(Boolean).join(" · ");

function objectBox(object) {
  const [x, y, ax, ay, dx, dy] = object.frame;
  const width = Math.hypot(ax, ay) || 1;
  const height = Math.hypot(dx, dy) || 1;
  const element = make("span", { className: `object ${object.kind}`, title: `${object.label}: ${objectText(object)}` });
  const values = { x, y, ww: width, hh: height, m: [ax / width, ay / width, dx / height, dy / height, 0, 0] };
  for (const [name, value] of Object.entries(values)) element.style.setProperty(`--${name}`, value);
  return element;
}

function renderObjects(view) {
  // The outlines lie below the words, whose text can still be selected.
  const { objects } = readingOf(view.number);
  for (const old of [...view.layer.querySelectorAll(".object"), ...view.texts.querySelectorAll(".objects")]) old.remove();
  view.layer.prepend(...objects.filter((object) => object.frame).map(objectBox));
  if (!objects.length) return;
  view.texts.append(make("dl", { className: "objects" }, ...objects.map((object) =>
    make("div", {}, make("dt", { textContent: object.label }), make("dd", { textContent: objectText(object), dir: "auto" })))));
}
