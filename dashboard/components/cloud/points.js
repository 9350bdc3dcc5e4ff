// The points, drawn on a canvas of their own beneath rings, stars and arrows.
const points = {
  // Drawing order: the last entries of the legend lie beneath the first.
  order(cloud) {
    const { legend, n } = cloud.header;
    const rank = new Map(legend.map((entry, position) => [entry.code, legend.length - position]));
    const { code } = cloud.arrays;
    cloud.sorted = Uint32Array.from({ length: n }, (_, i) => i)
      .sort((a, b) => (rank.get(code[a]) || 0) - (rank.get(code[b]) || 0) || a - b);
  },

  // `mask`: 1 for each point in its colour, 0 for each in grey; null: none is grey for that reason.
  draw(cloud, mask) {
    const { layer, canvas, view, ratio, now, arrays, header, theme, marks, off } = cloud;
    const [w, h] = [canvas.width, canvas.height];
    if (layer.width !== w || layer.height !== h) {
      layer.width = w;
      layer.height = h;
      layer.style.width = `${view.width}px`;
      layer.style.height = `${view.height}px`;
    }
    const context = layer.getContext("2d");
    context.fillStyle = theme.page;
    context.fillRect(0, 0, w, h);
    const scale = view.scale * ratio;
    for (const i of cloud.sorted ?? []) {
      const x = (now[2 * i] - view.x) * scale + w / 2;
      const y = h / 2 - (now[2 * i + 1] - view.y) * scale;
      if (x < -20 || y < -20 || x > w + 20 || y > h + 20) continue;
      const stamp = marks.stamp(arrays.code[i], arrays.size[i], off.has(arrays.code[i]) || (mask !== null && !mask[i]));
      context.drawImage(stamp, Math.round(x - stamp.width / 2), Math.round(y - stamp.width / 2));
    }
  },
};
