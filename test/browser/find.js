// Finds things on a page by the words that a user reads. What is in an open
// dialog comes before what is behind it.
(() => {
  const visible = (e) => {
    if (!e || !e.isConnected) return false;
    const r = e.getBoundingClientRect();
    return r.width > 0 && r.height > 0 && getComputedStyle(e).visibility !== "hidden" && !e.closest('[aria-hidden="true"], [inert]');
  };
  const words = (e) => (e.getAttribute("aria-label") || e.innerText || "").replace(/\s+/g, " ").trim();
  const text = (e) => (e.innerText || "").replace(/\s+/g, " ").trim();
  const dialog = () => [...document.querySelectorAll('[role="dialog"]')].filter(visible).pop();
  const all = (selector) => {
    const d = dialog();
    const inner = d ? [...d.querySelectorAll(selector)].filter(visible) : [];
    return inner.length > 0 ? inner : [...document.querySelectorAll(selector)].filter(visible);
  };
  const same = (a, b) => a.toLowerCase() === b.toLowerCase();
  const label = (e) => text(e).replace(/ - optional$/, "");
  const inputs = "input, textarea, button, [role=combobox]";

  // named is what labels an input.
  const named = (e) => {
    const by = (e.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean).map((id) => document.getElementById(id)).filter(Boolean);
    const parts = by.length > 0 ? by : [...(e.labels ?? [])];
    return parts.length > 0 ? label(parts[0]) : words(e);
  };

  window.__test = {
    text: () => document.body?.innerText ?? "",
    // prose is the text without code and logs, which say what they say.
    prose: () => {
      const code = [...document.querySelectorAll("pre, .ace_editor, .events, .mono")];
      const was = code.map((e) => e.style.display);
      code.forEach((e) => (e.style.display = "none"));
      const out = document.body.innerText;
      code.forEach((e, i) => (e.style.display = was[i]));
      return out;
    },
    settled: () => {
      const main = document.querySelector("main h1, main h2");
      return !!main && !/(^|\n)\s*Loading\b/.test(document.querySelector("main").innerText) && document.fonts.status === "loaded";
    },
    button: (name) => {
      const some = "button, a, [role=button], [role=menuitem], [role=menuitemcheckbox], [role=tab], [role=switch], summary";
      const found = all(some).filter((e) => same(words(e), name) || same(text(e), name));
      // where a breadcrumb has the words of the page's own button, the button is meant
      const rank = (e) => (/variant-primary/.test(e.className) ? 0 : e.tagName === "BUTTON" ? 1 : 2);
      const ready = found.filter((e) => !e.disabled && e.getAttribute("aria-disabled") !== "true").sort((a, b) => rank(a) - rank(b));
      if (found.length) return ready[0];
      // tiles and radio buttons
      return all("input[type=radio]").find((e) => same(named(e), name));
    },
    why: (e) => (!e ? "not found" : !visible(e) ? "not visible" : `covered by ${document.elementFromPoint(e.getBoundingClientRect().x + 5, e.getBoundingClientRect().y + 5)?.outerHTML.slice(0, 200)}`),
    primary: (name) => all("button").find((e) => same(words(e), name) && /variant-primary/.test(e.className) && !e.disabled),
    field: (name, n) => {
      const labels = all("label").filter((e) => e.htmlFor && same(label(e), name));
      const e = labels[n] && document.getElementById(labels[n].htmlFor);
      if (visible(e)) return e;
      return all("input, textarea").filter((i) => same(i.getAttribute("aria-label") ?? "", name))[n];
    },
    select: (name, n) => {
      const e = __test.field(name, n);
      e.focus();
      e.select?.();
      return true;
    },
    editor: (name) => all(".editor").find((e) => e.dataset.label === name && e.querySelector(".ace_content"))?.querySelector(".ace_scroller"),
    option: (name) => {
      const options = [...document.querySelectorAll("[role=option]")].filter(visible);
      return options.find((e) => same(text(e), name)) ?? options.find((e) => text(e).split("\n")[0].startsWith(name)) ?? options.find((e) => text(e).includes(name));
    },
    box: (name, n) => {
      const boxes = all("input[type=checkbox], [role=switch]").filter((e) => same(named(e), name));
      return boxes[n];
    },
    all,
    item: (name) => all("[role=menuitem], [role=menuitemcheckbox]").find((e) => text(e).startsWith(name)),
    row: (name) => all("tbody tr").find((e) => text(e).includes(name))?.querySelector("td label, td input"),
    region: (name) => all("[role=region], section, pre").find((e) => same(e.getAttribute("aria-label") ?? "", name)),
    // still tells whether a thing can be clicked and does not move.
    still: async (find) => {
      const first = __test.point(find());
      if (!first) return false;
      await new Promise((done) => setTimeout(done, 40));
      const then = __test.point(find());
      return !!then && then.X === first.X && then.Y === first.Y;
    },
    // point brings e into view and returns where to click, once nothing is in front of it.
    point: (e) => {
      if (!visible(e)) return null;
      e.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
      const r = e.getBoundingClientRect();
      const x = r.x + Math.min(r.width / 2, 200), y = r.y + Math.min(r.height / 2, 60);
      const top = document.elementFromPoint(x, y);
      if (!top || !(e.contains(top) || top.contains(e) || top.closest("label")?.contains(e) || top.closest(".ace_editor")?.contains(e))) return null;
      return { X: x, Y: y };
    },
  };
})();
