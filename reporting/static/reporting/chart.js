"use strict";

// A chart that answers: what a year says where somebody points at it, and series that can be put away. Without this
// script the picture and the table below it say the same.

for (const figure of document.querySelectorAll("figure[data-chart]")) bringToLife(figure);

async function bringToLife(figure) {
  const picture = figure.querySelector("picture");
  const image = picture.querySelector("img");
  await image.decode().catch(() => {}); // only then it is known which of the sizes is shown
  const svg = await fetched(image.currentSrc || image.src);
  if (!svg) return;
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", image.alt);
  const said = element("p", "chart-said", figure.dataset.hint);
  picture.after(svg, said, choices(svg, figure.dataset.chart));
  picture.hidden = true;
  answering([...svg.querySelectorAll("[data-year]")], said);
}

/** As a part of this document; nothing where it cannot be had, and then the image stays. */
async function fetched(address) {
  try {
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok) return null;
    const found = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
    return found.localName === "svg" ? document.importNode(found, true) : null;
  } catch {
    return null;
  }
}

/** One stop of the Tab key for all years; the arrows go from one to the next. */
function answering(years, said) {
  const stops = ["ArrowLeft", "ArrowRight", "Home", "End"];
  for (const [n, year] of years.entries()) {
    const lines = year.dataset.said ? year.dataset.said.split("\n") : ["–"];
    year.setAttribute("role", "img");
    year.setAttribute("aria-label", [year.dataset.year, ...lines].join(", "));
    year.setAttribute("tabindex", n === years.length - 1 ? "0" : "-1");
    const show = () => said.replaceChildren(element("strong", "", year.dataset.year), ...lines.map((line) => element("span", "", line)));
    year.addEventListener("pointerenter", show);
    year.addEventListener("focus", show);
    year.addEventListener("keydown", (event) => {
      if (!stops.includes(event.key)) return;
      event.preventDefault();
      const next = years[[Math.max(n - 1, 0), Math.min(n + 1, years.length - 1), 0, years.length - 1][stops.indexOf(event.key)]];
      year.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
    });
  }
}

/** A box to tick for each series, beside the sign it is drawn with. */
function choices(svg, heading) {
  const field = element("fieldset", "chart-series", "");
  field.append(element("legend", "", heading));
  const groups = Map.groupBy(svg.querySelectorAll("[data-name]"), (group) => group.dataset.name);
  for (const [name, drawn] of groups) {
    const box = element("input", "", "");
    box.type = "checkbox";
    box.checked = true;
    box.addEventListener("change", () => drawn.forEach((group) => group.classList.toggle("away", !box.checked)));
    const label = element("label", "", "");
    label.append(box, element("span", `chart-sign chart-sign-${drawn[0].id.split("-")[1]}`, ""), name);
    field.append(label);
  }
  return field;
}

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}
