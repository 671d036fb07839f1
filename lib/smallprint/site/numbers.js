// Every number opens its estimate. Without this script a tooltip says the essentials.
"use strict";

const smallprintNumbers = (() => {
  const script = document.currentScript;
  const offset = document.querySelector('meta[name="quarto:offset"]');
  const root = script.dataset.root ?? (offset ? offset.content : "");
  const stem = decodeURIComponent(location.pathname).split("/").pop().replace(/\.html$/, "");
  const records = {};
  let dialog, opener;

  // A model's page has the numbers of its own run; other pages show those of a study's own page.
  const pageOf = (number) => {
    const study = number.dataset.study;
    return stem.startsWith(study + "--") ? stem : study;
  };
  const folderOf = (page) => root + "reports/downloads/" + encodeURIComponent(page) + "/";

  const load = (page) => new Promise((resolve) => {
    if (records[page]) return resolve();
    const file = document.createElement("script");
    file.src = folderOf(page) + "estimates.js";
    file.onload = file.onerror = resolve;
    document.head.append(file);
  });

  const element = (tag, text = "", attributes = {}) => {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };

  function build() {
    dialog = element("dialog", "", { id: "estimate", "aria-labelledby": "estimate-title" });
    const form = element("form", "", { method: "dialog" });
    form.append(
      element("h2", "", { id: "estimate-title" }), element("button", "Close", { type: "submit" }),
    );
    dialog.append(form, element("dl"), element("p", "", { class: "estimate-links" }));
    dialog.addEventListener("close", () => opener.focus());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    document.body.append(dialog);
  }

  const spoken = (ids, words) => (ids || []).map((id) => (words[id] ? `${id}: ${words[id]}` : id));

  function rows(found, of) {
    const condition = Object.entries(found.condition || {}).map(([name, level]) => `${name}: ${level}`);
    const samples = found.k === undefined ? found.n : `${found.n}, of which ${found.k} positive`;
    return {
      "What": found.quantity,
      "Interval": found.interval,
      "Tier": `${found.tier}. ${of.tiers[found.tier]}`,
      "Model": found.model,
      "Condition": condition,
      "n": samples,
      "Method": found.method,
      "Claims": spoken(found.claims, of.claims),
      "Sources": spoken(found.sources, of.sources),
      "Confidence": spoken(found.confidence && [found.confidence], of.confidence),
      "Seed": found.seed,
      "Note": found.note,
      "Run": `${of.run}, ${of.started}`,
    };
  }

  function describe(list, number, found, of) {
    list.replaceChildren();
    const shown = found ? rows(found, of) : { "What": number.title };
    for (const [name, value] of Object.entries(shown)) {
      const values = [value].flat().filter((one) => one !== undefined && one !== null && one !== "");
      if (!values.length) continue;
      list.append(element("dt", name), ...values.map((one) => element("dd", String(one))));
    }
  }

  function links(line, page, found) {
    line.replaceChildren();
    const folder = folderOf(page);
    const add = (text, href) => line.append(element("a", text, { href }), " ");
    const here = found && found.cell && page === stem && document.getElementById("code-" + found.cell);
    if (here) add("The code", "#" + here.id);
    if (found && found.cell) add(`Notebook, cell In [${found.cell}]`, folder + page + ".ipynb");
    add("All estimates as JSON", folder + "estimates.json");
    add("as CSV", folder + "estimates.csv");
    if (page !== stem) add("Its page", `${root}reports/studies/${encodeURIComponent(page)}.html`);
    for (const link of line.querySelectorAll('a[href^="#"]')) {
      link.addEventListener("click", () => { opener = link; dialog.close(); });
    }
  }

  async function open(number) {
    opener = number;
    const page = pageOf(number);
    await load(page);
    if (!dialog) build();
    const of = records[page];
    const found = of && of.estimates[number.dataset.estimate];
    dialog.querySelector("h2").textContent = found ? found.value : number.textContent;
    describe(dialog.querySelector("dl"), number, found, of);
    links(dialog.querySelector(".estimate-links"), page, found);
    dialog.showModal();
  }

  // In a table one number is a tab stop and arrow keys lead to the others.
  const inTable = (table) =>
    [...table.querySelectorAll(".estimate")].filter((number) => number.checkVisibility());
  function rove(table, current) {
    const numbers = inTable(table);
    for (const number of table.querySelectorAll(".estimate")) number.tabIndex = -1;
    const stop = numbers.includes(current) ? current : numbers[0];
    if (stop) stop.tabIndex = 0;
  }

  function key(event) {
    const number = event.target.closest?.(".estimate");
    if (!number) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(number);
      return;
    }
    const table = number.closest("table");
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!table || !step) return;
    const numbers = inTable(table);
    const next = numbers[numbers.indexOf(number) + step];
    if (!next) return;
    event.preventDefault();
    rove(table, next);
    next.focus();
  }

  function start() {
    for (const number of document.querySelectorAll(".estimate")) {
      number.setAttribute("role", "button");
      number.setAttribute("aria-haspopup", "dialog");
      number.tabIndex = 0;
    }
    for (const table of document.querySelectorAll("table")) {
      rove(table);
      table.addEventListener("rowschange", () => rove(table));
    }
    document.addEventListener("keydown", key);
    document.addEventListener("click", (event) => {
      const number = event.target.closest(".estimate");
      if (number) open(number);
    });
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
  return { add: (page, content) => { records[page] = content; } };
})();
