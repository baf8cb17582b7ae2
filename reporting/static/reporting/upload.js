// Moves the bar while a file is being checked or made, and shows the result when it is there. Without it, a link does.
"use strict";

const check = document.getElementById("check");

async function look() {
  try {
    const answer = await fetch(check.dataset.progress, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const { percent, running, step } = await answer.json();
      if (!running) {
        window.location.reload();
        return;
      }
      document.getElementById("bar").value = percent;
      if (step) document.getElementById("step").textContent = step;
      document.getElementById("percent").textContent = `${percent} %`;
    }
  } catch {
    // The network is away: the next look may find it again.
  }
  window.setTimeout(look, 1000);
}

if (check) look();
