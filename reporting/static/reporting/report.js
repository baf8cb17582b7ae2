// Beside the fields while they are typed: ratios, sums and rests, for the eye only. The server computes its own.
"use strict";
(() => {
  const form = document.getElementById("report");
  if (!form) return;
  const words = JSON.parse(document.getElementById("words").textContent);
  const TIMES = { "兆": 1e12, "億": 1e8, "万": 1e4 };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const shown = (number) => new Intl.NumberFormat("ja-JP", { maximumFractionDigits: 6 }).format(Number(number.toFixed(6)));

  // A number as people write it, in the unit shown; null where it is none, or is for the server to read.
  function read(text, figure) {
    let plain = text.normalize("NFKC").trim().replace(/,/g, "");
    const negative = /^[▲△−-]/.test(plain);
    if (negative) plain = plain.slice(1);
    if (figure.dataset.unit) plain = plain.replace(new RegExp(`${figure.dataset.unit}$`), "");
    const big = plain.match(/^(?:([\d.]+)兆)?(?:([\d.]+)億)?(?:([\d.]+)万)?([\d.]+)?円?$/);
    if (!plain || !big) return null;
    const parts = [big[1] * TIMES["兆"] || 0, big[2] * TIMES["億"] || 0, big[3] * TIMES["万"] || 0, Number(big[4] || 0)];
    const inWords = Boolean(big[1] || big[2] || big[3]);
    let number = parts.reduce((sum, part) => sum + part, 0);
    if (figure.dataset.yen && (inWords || plain.endsWith("円"))) number /= Number(figure.dataset.yen);
    return Number.isFinite(number) ? (negative ? -number : number) : null;
  }
  function tell(line, text, bad = false) {
    if (!line) return;
    line.hidden = !text;
    line.textContent = text;
    line.classList.toggle("sh-bad", bad);
  }
  function value(figure, part) {
    const field = form.elements[`figure:${figure.dataset.figure}:${part}`];
    return field ? read(field.value, figure) : null;
  }
  function look(figure) {
    const top = value(figure, "numerator"), bottom = value(figure, "denominator");
    tell(figure.querySelector("[data-ratio]"),
      top !== null && bottom ? fill(words.ratio, { ratio: shown(Math.round((1e4 * top) / bottom) / 100) }) : "");
    const rest = figure.querySelector("[data-rest]");
    if (!rest) return;
    const fields = [...figure.querySelectorAll('input[name*=":domain."]')];
    const parts = fields.map((field) => read(field.value, figure));
    const unread = fields.some((field, index) => field.value.trim() && parts[index] === null);
    const filled = parts.filter((part) => part !== null);
    const sum = filled.reduce((total, part) => total + part, 0), whole = value(figure, "value");
    if (!filled.length) return tell(rest, "");
    const left = whole === null || unread ? null : whole - sum;
    tell(rest, left !== null && left < -1e-9 ? fill(words.too_much, { sum: shown(sum) })
      : fill(words.rest, { sum: unread ? "—" : shown(sum), rest: left === null ? "—" : shown(Math.max(left, 0)) }), left !== null && left < -1e-9);
  }
  function sums() {
    for (const group of form.querySelectorAll("[data-parts]")) {
      const parts = [...group.querySelectorAll("[data-figure]")].map((figure) => value(figure, "value"));
      tell(group.querySelector("[data-sum]"), parts.some((part) => part !== null)
        ? fill(words.sum, { sum: shown(parts.reduce((total, part) => total + (part || 0), 0)) }) : "");
    }
  }
  function all() {
    for (const figure of form.querySelectorAll("[data-figure]")) look(figure);
    sums();
  }
  form.addEventListener("input", (event) => {
    const figure = event.target.closest("[data-figure]");
    if (figure) { look(figure); sums(); }
  });
  form.addEventListener("refreshed", all);
  form.addEventListener("click", (event) => {
    const text = event.target.dataset?.copy;
    if (text === undefined) return;
    const figure = event.target.closest("[data-figure]");
    const field = form.elements[`figure:${figure.dataset.figure}:value`];
    const named = field instanceof RadioNodeList ? [...field].find((one) => one.value === text) : field;
    if (!named) return;
    if (field instanceof RadioNodeList) named.checked = true;
    else named.value = text;
    named.dispatchEvent(new Event("input", { bubbles: true }));
    named.focus();
  });
  all();
})();
