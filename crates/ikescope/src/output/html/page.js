"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const broken = ["stalled", "rejected", "lost", "one_way"];

  // Copying: a command, a filter, or headline and evidence as the terminal prints them.
  const say = (button, word) => {
    const before = button.textContent;
    button.textContent = word;
    setTimeout(() => { button.textContent = before; }, 1200);
  };
  const copy = async (text, button) => {
    try {
      await navigator.clipboard.writeText(text);
      say(button, "copied");
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const copied = document.execCommand("copy");
      area.remove();
      say(button, copied ? "copied" : "not allowed");
    }
  };
  const words = (element) => element.textContent.replace(/\s+/g, " ").trim();
  const story = (article) => {
    const lines = [words(one("h2", article)), "  " + words(one(".line2", article))];
    const evidence = one(".explained .evidence", article);
    let label = "evidence";
    for (const place of evidence ? all("dt", evidence) : []) {
      const text = words(place.nextElementSibling);
      lines.push("  " + label.padEnd(10) + words(place).padEnd(14) + text);
      label = "";
    }
    return lines.join("\n") + "\n";
  };

  // Times: as written, in UTC, or in the reader's zone.
  let zone = "relative";
  const clock = (text) => {
    const [seconds, fraction] = text.split(".");
    const date = new Date(Number(seconds) * 1000);
    const two = (number) => String(number).padStart(2, "0");
    const parts = zone === "utc"
      ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
      : [date.getHours(), date.getMinutes(), date.getSeconds()];
    return [parts.map(two).join(":"), (fraction ?? "").slice(0, 3)];
  };
  const tell = (element) => {
    element.dataset.was ??= element.textContent;
    if (zone === "relative") {
      element.textContent = element.dataset.was;
      return;
    }
    const [time, decimals] = clock(element.dataset.t);
    element.textContent = element.dataset.was.includes(".") ? time + "." + decimals : time;
  };
  const turn = (button) => {
    zone = button.dataset.time;
    press(button);
    all("[data-t]").forEach(tell);
  };
  const press = (button) => {
    for (const other of all("[aria-pressed]", button.parentElement)) {
      other.setAttribute("aria-pressed", String(other === button));
    }
  };

  // The list of tunnels: filter, chips, order, details of those that work.
  const list = one("#list tbody");
  const rows = list ? all("tr", list) : [];
  const needles = rows.map((row) => row.textContent.toLowerCase());
  const box = one("#filter");
  let chip = "";
  const choose = () => {
    const parts = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, index) => {
      const outcome = row.dataset.o;
      const fits = (!chip || chip === outcome || (chip === "broken" && broken.includes(outcome)))
        && parts.every((part) => needles[index].includes(part));
      row.hidden = !fits;
      shown += fits;
      const more = row.nextElementSibling;
      if (more?.className === "opened") more.hidden = !fits;
      const report = one("th a", row);
      if (report) document.getElementById(report.hash.slice(1)).hidden = !fits;
    });
    one(".none").hidden = shown > 0;
    one("#shown").textContent = shown === rows.length ? "" : shown + " of " + rows.length;
  };
  const sort = (button) => {
    const head = button.closest("th");
    const column = head.cellIndex;
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of all("th", head.parentElement)) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    all(".opened", list).forEach((row) => row.remove());
    all("[aria-expanded]", list).forEach((opener) => opener.setAttribute("aria-expanded", "false"));
    const key = (row) => row.cells[column].dataset.t ?? row.cells[column].textContent;
    const order = new Intl.Collator("en", { numeric: true }).compare;
    const sorted = rows.map((row) => [key(row), row]).sort((a, b) => order(a[0], b[0]));
    if (down) sorted.reverse();
    list.append(...sorted.map(([, row]) => row));
  };
  const data = one("#healthy");
  const openers = list ? all("th button", list) : [];
  let told;
  const open = (button) => {
    const row = button.closest("tr");
    const is = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!is));
    if (is) {
      row.nextElementSibling.remove();
      return;
    }
    told ??= JSON.parse(data.textContent);
    const more = document.createElement("tr");
    more.className = "opened";
    const cell = more.insertCell();
    cell.colSpan = row.cells.length;
    cell.textContent = told[openers.indexOf(button)].join("\n");
    row.after(more);
  };

  // Reports: expand, collapse, walk, lead to what a link names.
  const articles = all("article.tunnel");
  const unfold = (button) => {
    const opened = button.dataset.open === "yes";
    button.dataset.open = opened ? "" : "yes";
    button.textContent = opened ? "Expand all" : "Collapse all";
    all("article details").forEach((details) => { details.open = !opened; });
  };
  const walk = (step) => {
    const shown = articles.filter((article) => !article.hidden);
    const at = shown.indexOf(document.activeElement?.closest?.("article.tunnel"));
    const next = shown[Math.min(Math.max(at + step, 0), shown.length - 1)];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView();
  };
  const lead = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.hidden) {
      box.value = "";
      const everything = one("[data-chip='']");
      chip = "";
      press(everything);
      choose();
    }
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
  };
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("article details:not([open]):not(.messages):not(.messages details)");
    closed.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((details) => { details.open = false; }));
  addEventListener("hashchange", lead);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { dataset } = button;
    if ("copy" in dataset) copy(dataset.copy, button);
    else if ("copyStory" in dataset) copy(story(button.closest("article")), button);
    else if ("time" in dataset) turn(button);
    else if ("chip" in dataset) { chip = dataset.chip; press(button); choose(); }
    else if ("sort" in dataset) sort(button);
    else if ("open" in dataset) unfold(button);
    else if ("print" in dataset) print();
    else if ("help" in dataset) one("#keys").showModal();
    else if (button.hasAttribute("aria-expanded")) open(button);
  });
  box?.addEventListener("input", choose);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input")) {
      if (event.key === "Escape") { box.value = ""; choose(); box.blur(); }
      return;
    }
    const keys = {
      "/": () => box?.focus(),
      j: () => walk(1),
      k: () => walk(-1),
      e: () => unfold(one("[data-open]")),
      "?": () => one("#keys").showModal(),
    };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  lead();
})();
