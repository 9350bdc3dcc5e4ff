// The card of the clicked point: it stays open until Escape, a click elsewhere or another click, so that the pointer can cross
// other points on its way to it. It stands in a corner away from the point, whose neighbours stay in sight.
class Pin extends Card {
  constructor() {
    super("pinned");
    this.index = -1;
    this.buttons = element("div", "buttons");
    this.anchor = this.button("anchor", "make it the anchor");
    this.near = this.button("neighbours", "");
    this.chosen = this.button("chosen", "");
    this.close = this.button("close", "×");
    this.close.setAttribute("aria-label", "Close");
    this.close.title = "Close (Esc)";
    this.buttons.append(this.anchor, this.near, this.chosen);
    this.node.append(this.close);
    this.words.append(this.buttons);
  }

  button(className, text) {
    const button = element("button", className, text);
    button.type = "button";
    return button;
  }

  listen(cloud) {
    this.anchor.addEventListener("click", () => choose(cloud, this.index));
    this.near.addEventListener("click", () => cloud.send("wanted", { what: "neighbours" }));
    this.chosen.addEventListener("click", () => toggleSelected(cloud, this.index));
    this.close.addEventListener("click", () => { unpin(cloud); cloud.canvas.focus(); });
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      unpin(cloud);
      cloud.canvas.focus();
    });
  }

  fill(cloud, index) {
    super.fill(cloud, index);
    this.index = index;
    this.fillButtons(cloud);
  }

  fillButtons(cloud) {
    const { header } = cloud;
    this.anchor.hidden = this.index === header.anchor || this.index === cloud.pending;
    this.near.hidden = !header.show || this.index !== header.anchor;
    this.near.textContent = header.show?.neighbours ? "hide neighbours" : "show neighbours";
    this.chosen.hidden = !header.selection;
    this.chosen.textContent = cloud.mask?.[this.index] ? "unselect" : "select";
  }

  place(x, y, width, height) {
    this.node.hidden = false;
    const [w, h] = [this.node.offsetWidth, this.node.offsetHeight];
    const low = x > width - w - 40 && y < height / 2; // away from the point
    this.node.style.transform = `translate(${Math.round(width - w - 8)}px, ${Math.round(low ? height - h - 8 : 8)}px)`;
  }

  hide() {
    super.hide();
    this.index = -1;
  }
}

function pinCard(cloud, index) {
  cloud.pin.fill(cloud, index);
  placePin(cloud);
  if (cloud.hover === index) cloud.card.hide();
}

function placePin(cloud) {
  const { pin, view, now } = cloud;
  if (pin.index >= 0) pin.place(...view.toScreen(now[2 * pin.index], now[2 * pin.index + 1]), view.width, view.height);
}

function unpin(cloud) {
  if (cloud.pin.index < 0) return false;
  cloud.pin.hide();
  return true;
}
