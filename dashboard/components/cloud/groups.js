// Clouds of one group share the window, the hovered item, the anchor and the selection. Items are joined by their ids.
function others(cloud) {
  const name = cloud.header?.group;
  if (!name) return [];
  return [...registry.clouds.values()].filter((one) => one !== cloud && one.header?.group === name && one.header.n && one.host.isConnected);
}

// The same window on maps of the same space; else the same part of the box in which each map lies.
function shareView(cloud) {
  for (const other of others(cloud)) {
    other.view.take(cloud.view, other.header.space === cloud.header.space);
    other.draw();
  }
}

// A cloud that comes to a group, or that shows another space, takes the window that was set by hand on another one.
function joinGroup(cloud) {
  const other = others(cloud).find((one) => one.view.byHand);
  if (other) cloud.view.take(other.view, other.header.space === cloud.header.space);
}

function sharePoint(cloud, index) {
  for (const other of others(cloud)) pointAt(other, index < 0 ? -1 : rowOn(other, cloud, index), false);
}

function shareAnchor(cloud, index) {
  for (const other of others(cloud)) {
    other.pending = rowOn(other, cloud, index);
    other.draw();
  }
}

function rowOn(other, cloud, index) { return rowsOn(other, cloud.header.items, [index])[0] ?? -1; }
