// What stands in a cell: painters by the name of a matrix. Each paints the pair (i, j) and returns its value in words. What
// the payload lacks has no painter.
function cellPainters(data, palette) {
  const painters = {};
  if (data.relation) painters.relation = (cell, i, j) => {
    const mark = data.marks[data.relation[i][j]];
    palette.paint(cell, palette.relation(mark));
    cell.replaceChildren(shape(mark));
    return `${mark.brief} (${mark.name})`;
  };
  if (data.cosine) painters.cosine = (cell, i, j) => {
    palette.paint(cell, palette.cosine(data.cosine[i][j]));
    cell.textContent = short(data.cosine[i][j], true).replace("+", "");
    return `cosine ${exact(data.cosine[i][j])}`;
  };
  for (const method of data.methods) {
    if (method.weight) painters[`weight${method.letter}`] = (cell, i, j) => {
      const weight = method.weight[i][j];
      const positive = method.positive[i][j];
      palette.paint(cell, palette.weight(weight / data.weight_scale));
      cell.textContent = positive ? short(weight) : "·";
      return positive ? `weight ${exact(weight)}` : "not a positive";
    };
    if (method.force) painters[`force${method.letter}`] = (cell, i, j) => {
      const force = method.force[i][j];
      palette.paint(cell, palette.force(force / data.force_scale));
      cell.textContent = short(force, true);
      return `force ${exact(force, true)}`;
    };
  }
  return painters;
}
