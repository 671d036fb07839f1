// Tables in a .sortable box can be sorted by their headings and filtered. Without this script
// they are plain tables. Cells are compared by data-sort where they have it, else by their text.
"use strict";

for (const box of document.querySelectorAll(".sortable")) {
  const table = box.querySelector("table");
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  const bar = document.createElement("div");
  const status = document.createElement("p");
  const name = (heading) => heading.textContent.trim();
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.querySelector("[data-sort]")?.dataset.sort ?? cell.textContent.trim();
  };

  function compare(a, b) {
    if (a === "" || b === "") return (a === "") - (b === "");
    const numbers = Number(a) - Number(b);
    return Number.isNaN(numbers) ? a.localeCompare(b) : numbers;
  }

  function sort(column) {
    const heading = headings[column];
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of headings) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...body.rows].sort((one, other) => {
      const [a, b] = [key(one, column), key(other, column)];
      // What has no value stays at the end, whichever way the rest is sorted.
      return down && a !== "" && b !== "" ? compare(b, a) : compare(a, b);
    });
    body.append(...rows);
  }

  const wanted = new Map();
  let words = "";
  function filter() {
    let shown = 0;
    for (const row of body.rows) {
      const fits = [...wanted].every(([column, value]) => !value || row.cells[column].textContent.trim() === value)
        && words.split(/\s+/).every((word) => row.textContent.toLowerCase().includes(word));
      row.hidden = !fits;
      shown += fits;
    }
    status.textContent = `${shown} of ${body.rows.length} rows`;
    table.dispatchEvent(new Event("rowschange"));
  }

  const labelled = (text, control) => {
    const label = document.createElement("label");
    label.append(text + " ", control);
    bar.append(label);
    return control;
  };

  bar.className = "table-filter";
  status.setAttribute("role", "status");
  const search = document.createElement("input");
  search.type = "search";
  labelled("Words", search).addEventListener("input", () => {
    words = search.value.toLowerCase().trim();
    filter();
  });
  headings.forEach((heading, column) => {
    const text = name(heading);
    if (heading.querySelector("[data-filter]")) {
      const select = labelled(text, document.createElement("select"));
      const values = new Set([...body.rows].map((row) => row.cells[column].textContent.trim()));
      select.append(new Option("all", ""), ...[...values].map((value) => new Option(value, value)));
      select.addEventListener("change", () => {
        wanted.set(column, select.value);
        filter();
      });
    }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.textContent = text;
    button.addEventListener("click", () => sort(column));
    heading.replaceChildren(button);
  });
  bar.append(status);
  box.prepend(bar);
  filter();
}
