// Predict, then reveal. The reader's number stays in the page: nothing is kept or sent.
(function () {
  "use strict";

  function distance(guess, box) {
    const answer = Number(box.dataset.answer);
    const unit = box.dataset.unit ? " " + box.dataset.unit : "";
    const off = Math.abs(guess - answer);
    const shown = Number(off.toPrecision(3)) + unit;
    if (off === 0) return "Exactly.";
    const side = guess > answer ? "too high" : "too low";
    const inside = box.dataset.low !== undefined &&
      guess >= Number(box.dataset.low) && guess <= Number(box.dataset.high);
    return "You were " + shown + " " + side + (inside ? ", and inside the interval." : ".");
  }

  function prepare(box, index) {
    const answer = box.querySelector("details");
    const question = box.querySelector("p");
    question.id = question.id || "predict-" + index;
    const form = document.createElement("form");
    const input = document.createElement("input");
    input.type = "number";
    input.step = "any";
    input.required = true;
    input.setAttribute("aria-labelledby", question.id);
    const unit = document.createElement("span");
    unit.textContent = box.dataset.unit ? " " + box.dataset.unit + " " : " ";
    const button = document.createElement("button");
    button.type = "submit";
    button.textContent = "Commit, then show";
    const said = document.createElement("output");
    form.append(input, unit, button, said);
    answer.hidden = true;
    answer.before(form);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      const guess = Number(input.value);
      input.readOnly = true;
      button.disabled = true;
      answer.hidden = false;
      answer.open = true;
      said.textContent = " " + distance(guess, box);
    });
  }

  document.querySelectorAll(".predict").forEach(prepare);
})();
