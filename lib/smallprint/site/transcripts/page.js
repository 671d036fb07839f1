"use strict";
(() => {
  const form = document.getElementById("choose");
  const found = document.getElementById("found");
  const another = document.getElementById("another");
  const articles = [...document.querySelectorAll("#replies > article")];
  const choices = [...form.querySelectorAll("select")];
  let alone = null;

  const fits = (article) => choices.every(({ name, value }) =>
    !value || article.dataset[name].split("|").includes(value));

  function list() {
    const matching = articles.filter(fits);
    for (const article of articles) article.hidden = !matching.includes(article);
    alone = null;
    another.textContent = "Show one at random";
    found.textContent = `${matching.length} of the ${articles.length} shown replies match.`;
  }

  function one() {
    const matching = articles.filter(fits);
    const others = matching.filter((article) => article !== alone);
    const drawn = others.length ? others : matching;
    if (!drawn.length) return list();
    alone = drawn[Math.floor(Math.random() * drawn.length)];
    for (const article of articles) article.hidden = article !== alone;
    alone.querySelector("details").open = true;
    another.textContent = "Show another";
    found.textContent = `One of ${matching.length} that match.`;
  }

  // A link to a prompt or reply opens it.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.hidden) list();
    const details = target.matches("details") ? target : target.querySelector("details");
    if (details) details.open = true;
    target.scrollIntoView();
  }

  form.addEventListener("change", list);
  form.addEventListener("submit", (event) => event.preventDefault());
  another.addEventListener("click", one);
  document.getElementById("all").addEventListener("click", list);
  addEventListener("hashchange", reveal);
  // Browsers keep the choices of a reloaded page.
  form.reset();
  form.hidden = false;
  list();
  reveal();
})();
