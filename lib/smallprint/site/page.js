// What the pandoc-rendered pages do beyond plain HTML. Every page reads well without it.
"use strict";

const smallprint = (() => {
  const script = document.currentScript;
  const root = document.documentElement;
  const narrow = matchMedia("(max-width: 60rem)");
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // Storage may be forbidden, as for pages opened from disk in some browsers.
  const remembered = () => {
    try { return localStorage.getItem("smallprint-theme"); } catch { return null; }
  };
  const remember = (theme) => {
    try { localStorage.setItem("smallprint-theme", theme); } catch { /* only this page, then */ }
  };
  const chosen = remembered();
  if (chosen) root.dataset.theme = chosen;

  function themeToggle() {
    const button = document.getElementById("theme-toggle");
    const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
    const name = () => { button.textContent = isDark() ? "Light theme" : "Dark theme"; };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      remember(root.dataset.theme);
      name();
    });
    dark.addEventListener("change", name);
    name();
  }

  function foldOnPhone() {
    if (narrow.matches) for (const fold of document.querySelectorAll(".fold")) fold.open = false;
  }

  function unfoldWhenWide() {
    narrow.addEventListener("change", () => {
      for (const fold of document.querySelectorAll(".fold")) fold.open = !narrow.matches;
    });
  }

  // A region that does not scroll is no tab stop.
  function scrollRegions() {
    const selector = ".table-scroll, .figure-scroll, .math-scroll";
    const update = (region) => {
      const scrolls = region.scrollWidth > region.clientWidth + 1;
      region.classList.toggle("scrolls", scrolls);
      if (scrolls) region.setAttribute("tabindex", "0");
      else region.removeAttribute("tabindex");
    };
    const observer = new ResizeObserver((entries) => {
      for (const entry of entries) update(entry.target);
    });
    for (const region of document.querySelectorAll(selector)) observer.observe(region);
  }

  function tabset(set) {
    const panels = [...set.querySelectorAll(":scope > .tab-panel")];
    const list = document.createElement("div");
    list.className = "tab-list";
    list.setAttribute("role", "tablist");
    const tabs = panels.map((panel) => {
      const tab = document.createElement("button");
      const title = panel.querySelector(".tab-title");
      tab.type = "button";
      tab.id = panel.id + "-tab";
      tab.textContent = title.textContent;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      list.append(tab);
      return tab;
    });
    const select = (index) => {
      tabs.forEach((tab, i) => {
        tab.setAttribute("aria-selected", String(i === index));
        tab.tabIndex = i === index ? 0 : -1;
        panels[i].classList.toggle("inactive", i !== index);
      });
    };
    list.addEventListener("click", (event) => {
      const index = tabs.indexOf(event.target);
      if (index >= 0) select(index);
    });
    list.addEventListener("keydown", (event) => {
      const current = tabs.indexOf(document.activeElement);
      const last = tabs.length - 1;
      const next = {
        ArrowRight: current === last ? 0 : current + 1,
        ArrowLeft: current === 0 ? last : current - 1,
        Home: 0,
        End: last,
      }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      select(next);
      tabs[next].focus();
    });
    set.prepend(list);
    set.classList.add("live");
    select(0);
  }

  // A link may lead into a folded answer or a hidden tab.
  function reveal() {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let at = target; at; at = at.parentElement) {
      if (at.matches("details")) at.open = true;
      if (at.matches(".tab-panel.inactive")) document.getElementById(at.id + "-tab").click();
    }
    target.scrollIntoView();
  }

  function headingLinks() {
    for (const heading of document.querySelectorAll("main :is(h2, h3, h4)[id]")) {
      const link = document.createElement("a");
      link.className = "heading-link";
      link.href = "#" + heading.id;
      link.textContent = "#";
      link.setAttribute("aria-label", "Link to this section");
      heading.append(" ", link);
    }
  }

  function followContents() {
    const links = new Map();
    for (const link of document.querySelectorAll(".toc a")) {
      links.set(decodeURIComponent(link.hash.slice(1)), link);
    }
    const headings = [...document.querySelectorAll("main :is(h2, h3)[id]")]
      .filter((heading) => links.has(heading.id));
    if (!headings.length) return;
    const mark = () => {
      const passed = headings.filter((heading) => heading.getBoundingClientRect().top < 120);
      const current = passed.length ? passed[passed.length - 1].id : null;
      for (const [id, link] of links) {
        if (id === current) link.setAttribute("aria-current", "location");
        else link.removeAttribute("aria-current");
      }
    };
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { mark(); waiting = false; });
    }, { passive: true });
    mark();
  }

  function printing() {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("main details:not([open], .code-fold)")];
      for (const fold of opened) fold.open = true;
    });
    addEventListener("afterprint", () => {
      for (const fold of opened) fold.open = false;
    });
  }

  function search() {
    const dialog = document.getElementById("search");
    if (!dialog) return;
    const box = document.getElementById("search-text");
    const results = document.getElementById("search-results");
    const count = document.getElementById("search-count");

    const load = () => new Promise((resolve) => {
      if (api.index) return resolve();
      const index = document.createElement("script");
      index.src = script.dataset.library + "/search.js";
      index.onload = resolve;
      document.head.append(index);
    });
    const excerpt = (text, word) => {
      const at = Math.max(0, text.toLowerCase().indexOf(word) - 50);
      return (at ? "… " : "") + text.slice(at, at + 160) + (text.length > at + 160 ? " …" : "");
    };
    const find = () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      results.replaceChildren();
      count.textContent = "";
      if (!words.length || !api.index) return;
      const scored = api.index.map((entry) => {
        const title = entry.title.toLowerCase();
        const text = entry.text.toLowerCase();
        if (!words.every((word) => title.includes(word) || text.includes(word))) return null;
        const inTitle = words.filter((word) => title.includes(word)).length;
        const inText = words.reduce((sum, word) => sum + text.split(word).length - 1, 0);
        return { entry, score: 20 * inTitle + Math.min(inText, 10) };
      }).filter(Boolean).sort((a, b) => b.score - a.score);
      for (const { entry } of scored.slice(0, 20)) {
        const item = document.createElement("li");
        const link = document.createElement("a");
        const where = document.createElement("span");
        const text = document.createElement("p");
        link.href = script.dataset.root + entry.href;
        link.textContent = entry.title;
        link.addEventListener("click", () => dialog.close());
        where.textContent = entry.title === entry.page ? "" : entry.page;
        text.textContent = excerpt(entry.text, words[0]);
        item.append(link, " ", where, text);
        results.append(item);
      }
      const n = scored.length;
      count.textContent = n === 1 ? "1 section" : n ? n + " sections" : "Nothing found";
    };
    const open = async () => {
      dialog.showModal();
      box.focus();
      await load();
      find();
    };
    document.getElementById("search-open").addEventListener("click", open);
    box.addEventListener("input", find);
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      results.querySelector("a")?.click();
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key === "/" && !typing && !dialog.open) {
        event.preventDefault();
        open();
      }
    });
  }

  function numbers() {
    if (!document.querySelector(".estimate")) return;
    const file = document.createElement("script");
    file.src = script.dataset.library + "/numbers.js";
    file.dataset.root = script.dataset.root;
    document.head.append(file);
  }

  addEventListener("DOMContentLoaded", () => {
    document.querySelector(".tools").hidden = false;
    themeToggle();
    unfoldWhenWide();
    for (const set of document.querySelectorAll(".panel-tabset")) tabset(set);
    scrollRegions();
    headingLinks();
    followContents();
    printing();
    search();
    numbers();
    reveal();
    addEventListener("hashchange", reveal);
  });

  const api = { foldOnPhone, index: null };
  return api;
})();
