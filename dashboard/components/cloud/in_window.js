// What is drawn where the map is zoomed in looks at the points in the window alone, and at none where they are many.
const ZOOMED_IN = 2.5; // times the scale that shows all points

// Indices of the points in the window, ascending; null where there are more than `most`, or the map is not zoomed in.
function inWindow(cloud, most, margin = 0) {
  const { view, now, header } = cloud;
  if (!header.n || view.zoomed() < ZOOMED_IN) return null;
  const spare = margin / view.scale;
  const [left, bottom, right, top] = view.box().map((edge, k) => (k < 2 ? edge - spare : edge + spare));
  if (!cloud.from && cloud.grid?.places !== now) cloud.grid = new Grid(now);
  const found = [];
  const look = (i) => {
    const [x, y] = [now[2 * i], now[2 * i + 1]];
    if (x >= left && x <= right && y >= bottom && y <= top) found.push(i);
    return found.length <= most;
  };
  if (cloud.from) { // points that move are in no grid
    for (let i = 0; i < header.n; i++) if (!look(i)) return null;
    return found;
  }
  let few = true;
  cloud.grid.near(left, bottom, right, top, (members, from, to) => {
    for (let k = from; few && k < to; k++) few = look(members[k]);
  });
  return few ? found.sort((a, b) => a - b) : null;
}
