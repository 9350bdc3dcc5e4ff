// What a test reads of a lesson's card as it stands in the window, through the components' shadow roots.
(() => {
  const nodes = (root, found = []) => {
    for (const node of root.children ?? []) {
      if (getComputedStyle(node).display === "none") continue;
      found.push(node);
      if (node.shadowRoot) nodes(node.shadowRoot, found);
      nodes(node, found);
    }
    return found;
  };
  const LOOKS = 12; // frames
  let [looks, last] = [0, null];
  const seen = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
  const card = () => document.querySelector(".st-key-lesson-card");
  const beside = () => card().closest("[data-testid=stColumn]").nextElementSibling;
  const texts = (root) => nodes(root).filter(seen).flatMap((node) => [
    ...[...node.childNodes].filter((child) => child.nodeType === 3).map((child) => child.textContent.trim()),
    ...["aria-label", "alt", "title"].map((name) => node.getAttribute(name) ?? ""),
  ]).filter(Boolean);
  const name = (node) => `${node.tagName.toLowerCase()}.${[...node.classList].join(".")}${node.dataset.testid ? `[${node.dataset.testid}]` : ""}`;
  const all = (root, selector) => nodes(root).filter((node) => node.matches(selector) && seen(node));

  window.lessonCard = {
    // everything that can be read on the page, in words
    words: () => texts(document.body).join("\n"),

    // what the picture beside the card is a picture of
    picture: () => ({
      clouds: all(beside(), "canvas.cloud").map((canvas) => ({ ...canvas.dataset })),
      matrices: all(beside(), ".panel").map((panel) => panel.dataset.matrix),
      pair: all(beside(), ".pair").map((pair) => pair.dataset.pair)[0] ?? null,
      named: all(beside(), ".pair .heading strong").map((heading) => heading.textContent)[0] ?? "",
      charts: all(beside(), "[data-testid=stEChartsChart], [data-testid=stEchartsChart], [data-testid=stPlotlyChart]").length,
      words: texts(beside()),
    }),

    // the options of the question without what tells each apart from the others by right
    options: () => all(card(), "[data-testid=stRadioOption]").map((option) => {
      const copy = option.cloneNode(true);
      for (const node of [copy, ...copy.querySelectorAll("*")]) {
        for (const key of ["id", "for", "value", "name", "tabindex", "data-react-aria-pressable", "aria-labelledby", "aria-describedby"]) node.removeAttribute(key);
        for (const child of [...node.childNodes]) if (child.nodeType === 3) child.remove();
      }
      return copy.outerHTML;
    }),

    // what cannot be seen without scrolling: a box that scrolls, or an element that ends outside the window
    below: () => {
      const found = [];
      for (const node of nodes(document.body)) {
        const style = getComputedStyle(node);
        for (const [axis, whole, shown] of [["y", node.scrollHeight, node.clientHeight], ["x", node.scrollWidth, node.clientWidth]]) {
          const scrolls = ["auto", "scroll"].includes(axis === "y" ? style.overflowY : style.overflowX);
          if (scrolls && shown > 0 && whole > shown + 4 && seen(node)) found.push(`${name(node)} scrolls: ${whole} in ${shown} pixels (${axis})`);
        }
      }
      for (const node of [...nodes(card()), ...nodes(beside())]) {
        if (!seen(node) || node.children.length || node.closest(".said, .katex")) continue;
        const { bottom, right, width, height } = node.getBoundingClientRect();
        if (width > 1 && height > 1 && (bottom > innerHeight + 1 || right > innerWidth + 1)) found.push(`${name(node)} ends at ${Math.round(right)}, ${Math.round(bottom)}`);
      }
      return [...new Set(found)].slice(0, 4);
    },

    // whether the page stands still, with all points drawn
    still: () => {
      if (document.querySelector("[data-testid=stApp]").dataset.testScriptState !== "notRunning") return false;
      if (!card() || document.querySelector("[data-testid=stSpinner], [data-testid=stSkeleton]")) return false;
      return !all(beside(), "canvas.cloud").some((canvas) => !(Number(canvas.dataset.points) > 0));
    },

    // whether a card is there, still, and for three looks as large as it was
    shows: (words, title) => {
      const text = card()?.innerText ?? "";
      const size = () => [card(), beside()].map((node) => JSON.stringify(node.getBoundingClientRect())).join();
      const now = text.includes(words) && text.includes(title) && window.lessonCard.still() ? size() : null;
      looks = now !== null && now === last ? looks + 1 : 0;
      last = now;
      return looks >= LOOKS;
    },
  };
})();
