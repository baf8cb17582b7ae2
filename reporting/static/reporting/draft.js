// What is typed is kept at once in this browser and within a second on the server. A field that someone else, or
// another tab, has changed is shown beside with a choice. A sign-in that has ended is renewed in place.
"use strict";
(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const words = JSON.parse(document.getElementById("words").textContent);
  const { draft: url, person, report, membership, signIn, actAs } = form.dataset;
  const KEY = `shinchoku.draft.${person}.${report}`;
  const WAIT = 800, PATIENCE = 30000, MOST_WHEN_LEAVING = 60000;
  const seen = JSON.parse(form.elements.seen.value); // name → [version, digest]
  const unsaved = new Map(); // name → text
  const differing = new Set(); // names that wait for a choice
  const line = document.getElementById("saving"), aloud = document.getElementById("aloud");
  const dialog = document.getElementById("sign-in"), again = document.getElementById("sign-in-again");
  let timer = 0, pause = WAIT, busy = null, signedOut = false;

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const version = (name) => (seen[name] || [0])[0];
  const holds = (name) => form.elements[name] !== undefined;
  const value = (name) => form.elements[name].value;
  const box = (name) => form.querySelector(`[data-field="${CSS.escape(name)}"]`) || form.elements[name].parentElement;
  const cookie = (name) => (document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]*)`)) || [])[1];

  function say(text, { bad = false, loud = bad } = {}) {
    line.textContent = text;
    line.classList.toggle("sh-bad", bad);
    if (loud && aloud.textContent !== text) aloud.textContent = text;
    if (!loud) aloud.textContent = "";
  }
  function put(name, text) {
    const field = form.elements[name];
    if (field instanceof RadioNodeList) for (const one of field) one.checked = one.value === text;
    else field.value = text;
    form.dispatchEvent(new CustomEvent("refreshed"));
  }
  function sees(name, number) {
    seen[name] = [number, ""];
    form.elements.seen.value = JSON.stringify(seen);
  }

  // --- in this browser -------------------------------------------------------------------------------------------
  function kept() {
    try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; }
  }
  function keep(change) {
    const all = kept();
    change(all);
    try {
      if (Object.keys(all).length) localStorage.setItem(KEY, JSON.stringify(all));
      else localStorage.removeItem(KEY);
    } catch { /* full, or forbidden by a policy: the server alone keeps it then */ }
  }

  // --- on the server ---------------------------------------------------------------------------------------------
  function note(name) {
    unsaved.set(name, value(name));
    keep((all) => { all[name] = [value(name), version(name)]; });
    later(pause);
  }
  function later(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(save, milliseconds);
  }
  function changes(limit = Infinity) {
    const some = {};
    let size = 0;
    for (const [name, text] of unsaved) {
      size += 3 * (name.length + text.length) + 40;
      if (!differing.has(name) && size < limit) some[name] = [text, version(name)];
    }
    return some;
  }
  function post(body, keepalive) {
    return fetch(url, {
      method: "POST", body: JSON.stringify(body), keepalive, redirect: "manual", credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") || form.elements.csrfmiddlewaretoken.value },
    });
  }
  // Saves once at a time. Gives "saved", "differs", "refused", "signed out" or "offline".
  async function save() {
    if (busy) { await busy; }
    clearTimeout(timer);
    busy = send();
    try { return await busy; } finally { busy = null; }
  }
  async function send() {
    if (signedOut) return "signed out";
    const sent = changes();
    if (!Object.keys(sent).length) return differing.size ? "differs" : "saved";
    say(words.saving);
    let answer, problem;
    try {
      answer = await post({ as: Number(membership), changes: sent }, false);
      if (answer.type === "opaqueredirect" || answer.status === 401) return endOfSignIn();
      const isJson = (answer.headers.get("Content-Type") || "").includes("json");
      // Without a sign-in the token is refused before anyone asks who it is.
      if (answer.status === 403 && !isJson) return endOfSignIn();
      if (answer.ok) { took(sent, await answer.json()); return differing.size ? "differs" : "saved"; }
      problem = isJson && answer.status < 500 ? await answer.json() : null;
    } catch { /* no network, a server being replaced, half an answer: the same to us */ }
    if (problem) { say(problem.detail, { bad: true }); return "refused"; }
    pause = Math.min(pause * 2, PATIENCE);
    say(words.unsaved, { bad: true });
    later(pause);
    return "offline";
  }
  function took(sent, { versions, conflicts, at }) {
    pause = WAIT;
    for (const [name, number] of Object.entries(versions)) {
      sees(name, number);
      if (unsaved.get(name) === sent[name][0]) unsaved.delete(name);
      keep((all) => {
        if (all[name] && all[name][0] === sent[name][0]) delete all[name];
        else if (all[name]) all[name][1] = number;
      });
    }
    for (const [name, theirs] of Object.entries(conflicts)) differs(name, theirs);
    if (differing.size) say(words.differs, { bad: true });
    else say(fill(words.saved, { at }));
    if (Object.keys(changes()).length) later(WAIT);
  }

  // --- a field that was changed elsewhere ------------------------------------------------------------------------
  function differs(name, theirs) {
    if (!holds(name)) return;
    differing.add(name);
    const where = box(name);
    where.querySelector(".sh-differs")?.remove();
    const shown = document.getElementById("differs").content.firstElementChild.cloneNode(true);
    shown.querySelector("[data-who]").textContent = fill(words.differing, theirs);
    shown.querySelector("[data-theirs]").textContent = theirs.text || words.empty;
    shown.addEventListener("click", (event) => {
      const choice = event.target.dataset.choose;
      if (!choice) return;
      differing.delete(name);
      shown.remove();
      sees(name, Number(theirs.version));
      if (choice === "theirs") put(name, theirs.text);
      const field = form.elements[name];
      (field instanceof RadioNodeList ? field[0] : field).focus();
      note(name);
      later(0);
    });
    where.append(shown);
  }

  // --- a sign-in that has ended ----------------------------------------------------------------------------------
  function endOfSignIn() {
    signedOut = true;
    again.hidden = false;
    say(words.signed_out, { bad: true });
    if (!dialog.open) dialog.showModal();
    return "signed out";
  }
  async function signedInAgain() {
    signedOut = false;
    again.hidden = true;
    if (dialog.open) dialog.close();
    const token = cookie("csrftoken");
    if (token) for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = token;
    pause = WAIT;
    return save();
  }
  async function push(to, fields) {
    const token = cookie("csrftoken") || "";
    const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: token });
    return fetch(to, { method: "POST", body, redirect: "manual", credentials: "same-origin" });
  }
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = document.getElementById("again-name"), password = document.getElementById("again-password");
    const problem = document.getElementById("sign-in-problem");
    problem.textContent = "";
    try {
      await fetch(signIn, { credentials: "same-origin" }); // gives the token's cookie
      const answer = await push(signIn, { username: name.value, password: password.value });
      if (answer.type !== "opaqueredirect") {
        problem.textContent = answer.ok ? words.wrong_password : words.unsaved;
        return password.focus();
      }
      password.value = "";
      await push(actAs, { membership, next: location.pathname });
      await signedInAgain();
    } catch { problem.textContent = words.unsaved; }
  });
  document.getElementById("sign-in-later").addEventListener("click", () => dialog.close());
  again.addEventListener("click", () => dialog.showModal());
  // Signed in in another window, and back.
  window.addEventListener("focus", () => { if (signedOut && !dialog.open) signedInAgain(); });

  // --- leaving ---------------------------------------------------------------------------------------------------
  function leaving() {
    const sent = changes(MOST_WHEN_LEAVING);
    if (!signedOut && Object.keys(sent).length) {
      post({ as: Number(membership), changes: sent }, true).then(
        async (answer) => { if (answer.ok) took(sent, await answer.json()); }, () => {},
      );
    }
  }
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leaving(); });
  window.addEventListener("pagehide", leaving);

  // Everything is saved before the form goes: then the server answers, the sign-in holds, and nothing differs.
  let goes = false;
  form.addEventListener("submit", async (event) => {
    if (goes || event.submitter?.value === "withdraw") return;
    event.preventDefault();
    const how = await save();
    if (how === "differs") form.querySelector(".sh-differs button")?.focus();
    if ((how === "saved" || how === "refused") && event.submitter?.value !== "save") {
      goes = true;
      setTimeout(() => form.requestSubmit(event.submitter)); // within the event itself a browser ignores it
    }
  });
  window.addEventListener("pageshow", () => { goes = false; });
  form.addEventListener("input", (event) => {
    if (/^(figure|narrative):/.test(event.target.name)) note(event.target.name);
  });

  // --- coming back -----------------------------------------------------------------------------------------------
  for (const old of form.querySelectorAll(".sh-differs")) {
    const { name, text, version: number, by, at } = old.dataset;
    unsaved.set(name, value(name));
    differs(name, { text, version: number, by, at });
  }
  const gone = [];
  let restored = 0;
  for (const [name, [text, number]] of Object.entries(kept())) {
    if (!holds(name)) { gone.push([name, text]); continue; }
    if (!("editable" in form.dataset)) {
      if (value(name) !== text) gone.push([name, text]);
      else keep((all) => { delete all[name]; });
      continue;
    }
    if (value(name) !== text) { restored += 1; put(name, text); }
    if (!differing.has(name)) sees(name, number);
    unsaved.set(name, text);
  }
  if (restored) {
    say(fill(words.restored, { count: restored }), { loud: true });
  }
  if (unsaved.size) later(restored ? 2000 : 0);
  if (gone.length) {
    const left = document.getElementById("left-over");
    for (const [name, text] of gone) {
      const dt = document.createElement("dt"), dd = document.createElement("dd");
      dt.textContent = name; dd.textContent = text;
      left.querySelector("dl").append(dt, dd);
    }
    left.hidden = false;
    left.querySelector("button").addEventListener("click", () => {
      keep((all) => { for (const [name] of gone) delete all[name]; });
      left.hidden = true;
    });
  }
  document.getElementById("problems")?.focus();
})();
