// The legend of what is drawn over the points: neighbours of the anchor, colours of the rings.
function fillNotes(cloud) {
  const { notes, header, items, theme } = cloud;
  const words = header.show?.near_words ?? "";
  const signature = JSON.stringify([words, cloud.ringed, theme, header.items, Boolean(items)]);
  if (signature === cloud.notesSignature) return;
  cloud.notesSignature = signature;
  notes.replaceChildren();
  if (words) {
    const row = element("div", "", words);
    row.setAttribute("role", "status");
    notes.append(row);
    if (cloud.arrays.near?.length) notes.append(neighbourKeys(cloud));
  }
  if (cloud.ringed && items) notes.append(ringKeys(items));
}

function neighbourKeys(cloud) {
  const { theme } = cloud;
  const row = element("div", "keys");
  row.append(
    cloud.arrows.key("near here too", (context) => line(context, [2, 6, 28, 6], theme.text, 1.8)),
    cloud.arrows.key("not near here", (context) => line(context, [2, 6, 28, 6], theme.text, 1.2, { dash: [5, 4] })),
    cloud.arrows.key("near here alone", (context) => circle(context, [15, 6], 4.5, theme, [2, 2])),
  );
  return row;
}

function ringKeys(items) {
  const row = element("div", "keys");
  const colours = labelColours(items);
  const entries = items.coloured.map((label) => [items.labelNames[label], colours[label]]);
  if (items.labelNames.length > entries.length) entries.push(["other labels", OTHER_LABEL]);
  for (const [name, colour] of entries) {
    const key = element("span", "key");
    const patch = element("span", "patch");
    patch.style.background = colour;
    key.append(patch, named(name));
    row.append(key);
  }
  return row;
}
