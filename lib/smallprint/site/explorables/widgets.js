// Sliders, numbers and one curve for each explorable of the page.
import { anyPass, gapRecovered, gapRecoveredSet, roganGladen, roganGladenInterval, taskPass } from "./arithmetic.js";

const SVG = "http://www.w3.org/2000/svg";
const FRAME = { wide: 560, narrow: 330, height: 260, left: 52, right: 24, top: 12, bottom: 44 };

const percent = (value, places = 1) => `${(100 * value).toFixed(places).replace(/\.0+$/, "")}%`;
const number = (value) => value.toFixed(2).replace("-", "\u2212");
const range = (count) => Array.from({ length: count + 1 }, (_, i) => i / count);

// What each explorable asks, says and draws. Slider defaults are attributes of the page.
const EXPLORABLES = {
  "judge-error": {
    sliders: {
      rate: { label: "Rate that the judge reports", min: 0, max: 1, step: 0.01, show: percent },
      n: { label: "Samples", min: 10, max: 1000, step: 10, show: String },
      sensitivity: { label: "Sensitivity: true positives it finds", min: 0.5, max: 1, step: 0.01, show: percent },
      specificity: { label: "Specificity: true negatives it passes", min: 0.02, max: 1, step: 0.01, show: percent },
    },
    say({ rate, n, sensitivity, specificity }) {
      const k = Math.round(rate * n);
      const corrected = roganGladen(k / n, sensitivity, specificity);
      const breakEven = `From a specificity of ${percent(1 - k / n)} down, every positive could be false.`;
      if (Number.isNaN(corrected)) {
        return `Not identifiable: sensitivity and specificity add up to no more than 100%, so the judge says nothing. ${breakEven}`;
      }
      const [low, high] = roganGladenInterval(k, n, sensitivity, specificity);
      return `True rate ${percent(corrected)}, 95% interval ${percent(low)} to ${percent(high)}, if the judge errs just so often. ${breakEven}`;
    },
    curve: ({ rate, sensitivity, specificity }) => ({
      x: "specificity", y: "true rate", xs: [0, 1], ys: [0, 1], at: specificity,
      line: (value) => roganGladen(rate, sensitivity, value),
    }),
  },
  "any-of-k": {
    sliders: {
      rate: { label: "False positives among rollouts", min: 0, max: 0.05, step: 0.0005, show: (v) => percent(v, 2) },
      rollouts: { label: "Rollouts of each task", min: 1, max: 300, step: 1, show: String },
      tasks: { label: "Tasks, any of which will do", min: 1, max: 12, step: 1, show: String },
      atLeast: { label: "Positives needed within one task", min: 1, max: 5, step: 1, show: String },
      models: { label: "Models tested", min: 1, max: 20, step: 1, show: String },
    },
    say({ rate, rollouts, tasks, atLeast, models }) {
      const needed = Math.min(atLeast, rollouts);
      const any = anyPass(rate, rollouts, tasks, needed);
      return `A model that never does it is counted in one task with ${percent(taskPass(rate, rollouts, needed))}, ` +
        `in any of the tasks with ${percent(any)}. Of ${models} such models ${number(models * any)} are counted on average.`;
    },
    curve: ({ rate, rollouts, tasks, atLeast }) => ({
      x: "rollouts of each task", y: "counted in any task", xs: [1, 300], ys: [0, 1], at: rollouts,
      line: (value) => {
        const size = Math.round(value);
        return anyPass(rate, size, tasks, Math.min(atLeast, size));
      },
    }),
  },
  "gap-recovered": {
    sliders: {
      weak: { label: "Teacher's accuracy", min: 0.3, max: 0.95, step: 0.001, show: percent },
      student: { label: "Student's accuracy", min: 0.3, max: 0.95, step: 0.001, show: percent },
      ceiling: { label: "Ceiling's accuracy", min: 0.3, max: 0.95, step: 0.001, show: percent },
      n: { label: "Test items", min: 50, max: 5000, step: 1, show: String },
    },
    say({ weak, student, ceiling, n }) {
      const value = gapRecovered(weak, student, ceiling);
      const set = gapRecoveredSet(weak, student, ceiling, n);
      if (set.kind !== "interval" || Number.isNaN(value)) {
        return `No number: on ${n} items a gap of ${percent(ceiling - weak)} cannot be told from 0, so every ratio is possible.`;
      }
      const defined = ceiling > weak ? "" : " The ceiling is below the teacher, so the score means nothing.";
      return `Gap recovered ${number(value)}, 95% set ${number(set.low)} to ${number(set.high)}. ` +
        `The gap is ${percent(ceiling - weak)}: one point of the student is ${number(0.01 / (ceiling - weak))} of score.${defined}`;
    },
    curve: ({ weak, student, ceiling, n }) => ({
      x: "ceiling’s accuracy", y: "gap recovered", xs: [0.3, 0.95], ys: [-1, 3], at: ceiling,
      line: (value) => (value > weak ? gapRecovered(weak, student, value) : NaN),
      band: (value) => {
        const set = gapRecoveredSet(weak, student, value, n);
        return set.kind === "interval" && value > weak ? [set.low, set.high] : null;
      },
    }),
  },
};

function element(parent, tag, attributes = {}, text = "") {
  const made = parent.namespaceURI === SVG || tag === "svg"
    ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  parent.append(made);
  return made;
}

function draw(svg, width, { x, y, xs, ys, at, line, band }, said) {
  const { height, left, right, top, bottom } = FRAME;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const toX = (value) => left + ((value - xs[0]) / (xs[1] - xs[0])) * (width - left - right);
  const toY = (value) => height - bottom - ((value - ys[0]) / (ys[1] - ys[0])) * (height - top - bottom);
  const inside = (value) => Math.min(ys[1], Math.max(ys[0], value));
  const visible = (value) => Number.isFinite(value) && value >= ys[0] && value <= ys[1];
  svg.replaceChildren();
  svg.setAttribute("aria-label", `${y} against ${x}. ${said}`);
  for (const share of [0, 0.5, 1]) {
    const [vx, vy] = [xs, ys].map(([from, to]) => from + share * (to - from));
    const label = (value) => String(Math.round(value * 1000) / 1000).replace("-", "\u2212");
    element(svg, "line", { class: "grid", x1: left, x2: width - right, y1: toY(vy), y2: toY(vy) });
    element(svg, "text", { x: left - 8, y: toY(vy) + 4, "text-anchor": "end" }, label(vy));
    element(svg, "text", { x: toX(vx), y: height - bottom + 18, "text-anchor": "middle" }, label(vx));
  }
  element(svg, "text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, x);
  element(svg, "text", { x: left, y: top + 12, dx: 6 }, y);
  const values = range(300).map((share) => xs[0] + share * (xs[1] - xs[0]));
  if (band) {
    const known = values.filter((value) => band(value));
    const edge = (side, list) => list.map((v) => `${toX(v)},${toY(inside(band(v)[side]))}`);
    const points = [...edge(0, known), ...edge(1, [...known].reverse())];
    element(svg, "polygon", { class: "band", points: points.join(" ") });
  }
  let path = "";
  let pen = "M";
  for (const value of values) {
    const height = line(value);
    if (visible(height)) path += `${pen}${toX(value)} ${toY(height)}`;
    pen = visible(height) ? "L" : "M";
  }
  element(svg, "path", { class: "curve", d: path });
  const here = line(at);
  if (visible(here)) element(svg, "circle", { class: "here", cx: toX(at), cy: toY(here), r: 6 });
}

function build(root) {
  const name = root.dataset.explorable;
  const { sliders, say, curve } = EXPLORABLES[name];
  const panel = document.createElement("div");
  panel.className = "explorable-panel";
  const form = element(panel, "div", { class: "explorable-sliders", role: "group", "aria-label": "Assumptions" });
  const inputs = {};
  const shown = {};
  for (const [key, { label, min, max, step }] of Object.entries(sliders)) {
    const id = `${name}-${key.toLowerCase()}`;
    const row = element(form, "div", { class: "slider" });
    element(row, "label", { for: id }, label);
    shown[key] = element(row, "span", { class: "slider-value", "aria-hidden": "true" });
    inputs[key] = element(row, "input", { id, type: "range", min, max, step });
    inputs[key].value = root.dataset[key.toLowerCase()];
  }
  const output = element(panel, "output", { class: "explorable-output", for: Object.values(inputs).map((i) => i.id).join(" ") });
  const svg = element(panel, "svg", { class: "explorable-curve", role: "img" });
  const reset = element(panel, "button", { type: "button" }, "Start again");
  const update = () => {
    const values = {};
    for (const [key, input] of Object.entries(inputs)) {
      values[key] = Number(input.value);
      shown[key].textContent = sliders[key].show(values[key]);
      input.setAttribute("aria-valuetext", shown[key].textContent);
    }
    output.textContent = say(values);
    // On a phone the same drawing would have letters too small to read.
    const width = root.clientWidth < FRAME.wide ? FRAME.narrow : FRAME.wide;
    draw(svg, width, curve(values), output.textContent);
  };
  reset.addEventListener("click", () => {
    for (const [key, input] of Object.entries(inputs)) input.value = root.dataset[key.toLowerCase()];
    update();
  });
  form.addEventListener("input", update);
  root.prepend(panel);
  new ResizeObserver(update).observe(root);
  update();
}

for (const root of document.querySelectorAll("[data-explorable]")) build(root);
