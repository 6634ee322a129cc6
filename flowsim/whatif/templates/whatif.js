"use strict";
// Looks up what was run before; nothing is worked out here, and nothing is fetched.
const data = JSON.parse(document.getElementById("data").textContent);
const sliders = [...document.querySelectorAll("input[type=range]")];
const result = document.getElementById("result");

function element(name, text, parent) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

function cell(name, text, row, align) {
  const [first, ...small] = text.split("\n");
  const made = element(name, first, row);
  if (align) made.className = align;
  for (const line of small) element("span", line, made).className = "small";
  return made;
}

function table(block) {
  const wide = element("div");
  wide.className = "wide";
  wide.tabIndex = 0;
  wide.setAttribute("role", "region");
  wide.setAttribute("aria-label", data.strings[block.c]);
  const made = element("table", undefined, wide);
  element("caption", data.strings[block.c], made);
  const head = element("tr", undefined, element("thead", undefined, made));
  block.h.forEach((text, at) => {
    cell("th", data.strings[text], head, block.a[at]).scope = "col";
  });
  const body = element("tbody", undefined, made);
  for (const row of block.r) {
    const line = element("tr", undefined, body);
    row.forEach((text, at) => {
      const made = cell(at ? "td" : "th", data.strings[text], line, block.a[at]);
      if (!at) made.scope = "row";
    });
  }
  return wide;
}

function show(place) {
  result.replaceChildren();
  for (const block of data.places[place]) {
    if (typeof block === "number") element("p", data.strings[block], result);
    else {
      result.append(table(block));
      if (block.n !== undefined) element("p", data.strings[block.n], result).className = "note";
    }
  }
}

function look(isSpoken) {
  const at = sliders.map((slider) => Number(slider.value));
  sliders.forEach((slider, lever) => {
    const text = JSON.parse(slider.dataset.texts)[at[lever]];
    slider.setAttribute("aria-valuetext", text);
    slider.nextElementSibling.textContent = text;
  });
  const isOwn = data.hasOwn && at.every((one, lever) => one === data.start[lever]);
  const place = at.reduce((sum, one, lever) => sum * data.sizes[lever] + one, 0);
  show(isOwn ? 0 : place + 1);
  const first = result.querySelector("p");
  if (isSpoken && first) document.getElementById("status").textContent = first.textContent;
}

for (const slider of sliders) slider.addEventListener("input", () => look(true));
document.getElementById("levers").hidden = false;
look(false);
