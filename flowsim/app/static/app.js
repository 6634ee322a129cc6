"use strict";
// The page works without this file. With it: new results when a slider is let go, and the film.
const form = document.getElementById("form");
const result = document.getElementById("result");
const language = document.documentElement.lang;

function written(text) {
  const number = Number(text);
  return number.toLocaleString(language, { maximumFractionDigits: 6 });
}

function say(slider) {
  const text = `${written(slider.value)} ${slider.dataset.unit}`.trim();
  slider.setAttribute("aria-valuetext", text);
  slider.nextElementSibling.textContent = text;
}

function state() {
  const fields = new URLSearchParams();
  for (const field of form.elements) {
    if (field.name && (field.type === "hidden" || field.value !== field.dataset.base)) {
      fields.set(field.name, field.value);
    }
  }
  return fields.toString();
}

let asked = null;
async function workOut() {
  const status = document.getElementById("status");
  const query = state();
  if (asked) asked.abort();
  const own = new AbortController();
  asked = own;
  document.getElementById("stale").hidden = false;
  result.setAttribute("aria-busy", "true");
  status.textContent = status.dataset.working;
  const queue = setInterval(async () => {
    try {
      const place = (await (await fetch(`/place?${query}`, { signal: own.signal })).json()).place;
      if (place > 1) status.textContent = status.dataset.queue.replace("{n}", place);
    } catch {
      clearInterval(queue); // another state is being worked out, or the page cannot be reached
    }
  }, 1500);
  try {
    const answer = await fetch(`/result?${query}`, { signal: own.signal });
    const text = await answer.text();
    if (own.signal.aborted) return;
    if (!answer.ok) throw new Error(`${answer.status}`);
    result.innerHTML = text;
    history.replaceState(null, "", `/?${query}`);
    const sentence = document.getElementById("spoken");
    status.textContent = sentence ? sentence.textContent : status.dataset.ready;
    document.getElementById("stale").hidden = true;
    fillIn(own);
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = status.dataset.failed;
  } finally {
    clearInterval(queue);
    if (asked === own) result.removeAttribute("aria-busy");
  }
}

// What is not known takes longer than the figures: it follows when it is ready.
async function fillIn(own) {
  const later = document.getElementById("later");
  const link = later?.querySelector("a[data-part]");
  if (!link) return;
  link.nextElementSibling.hidden = false;
  try {
    const answer = await fetch(link.dataset.part, { signal: own?.signal });
    if (later.isConnected && answer.ok) later.innerHTML = await answer.text();
  } catch {
    // another state is being worked out, or the page is left; the link stays
  }
}

if (form && result) {
  asked = new AbortController();
  fillIn(asked);
  document.body.classList.add("scripted");
  for (const slider of form.querySelectorAll("input[type=range]")) {
    slider.addEventListener("input", () => {
      say(slider);
      document.getElementById("stale").hidden = false;
    });
    slider.addEventListener("change", workOut);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    workOut();
  });
}

// The film ------------------------------------------------------------------------------------
const data = document.getElementById("film-data");
if (data) {
  const film = JSON.parse(data.textContent);
  const stage = document.getElementById("stage");
  const draw = (name, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    stage.append(element);
    return element;
  };
  const used = new Set(film.people.flat());
  const rows = [0, 0, 0];
  const boxes = film.places.map(([label, , column], at) => {
    if (!used.has(at)) return null;
    const box = { x: 10 + column * 330, y: 10 + rows[column] * 110, width: 310, height: 98 };
    rows[column] += 1;
    draw("rect", { ...box, class: "box" });
    draw("text", { x: box.x + 8, y: box.y + 18 }, label.length > 42 ? `${label.slice(0, 41)}…` : label);
    return box;
  });
  stage.setAttribute("viewBox", `0 0 1000 ${20 + Math.max(...rows) * 110}`);
  const dots = film.people.map(() => draw("circle", { r: 4, class: "dot" }));
  let month = 0;
  let timer = null;
  const show = () => {
    const taken = {};
    film.people.forEach((line, person) => {
      const box = boxes[line[month]];
      dots[person].classList.toggle("away", !box);
      if (!box) return;
      const n = (taken[line[month]] = (taken[line[month]] ?? -1) + 1);
      const x = box.x + 12 + (n % 30) * 10;
      const y = box.y + 32 + (Math.floor(n / 30) % 7) * 10;
      dots[person].style.transform = `translate(${x}px, ${y}px)`;
    });
    document.getElementById("month").textContent = film.months[month];
  };
  const step = (by) => {
    month = Math.min(Math.max(month + by, 0), film.months.length - 1);
    show();
  };
  const play = document.getElementById("play");
  const pause = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = play.dataset.play;
  };
  const begin = () => {
    play.textContent = play.dataset.pause;
    timer = setInterval(() => {
      if (month === film.months.length - 1) pause();
      else step(1);
    }, 2000 / document.getElementById("speed").value);
  };
  play.addEventListener("click", () => (timer ? pause() : begin()));
  document.getElementById("speed").addEventListener("change", () => {
    if (timer) { pause(); begin(); }
  });
  document.getElementById("back").addEventListener("click", () => { pause(); step(-1); });
  document.getElementById("next").addEventListener("click", () => { pause(); step(1); });
  document.getElementById("film").hidden = false;
  show();
}
