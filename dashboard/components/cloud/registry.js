// What all clouds of a page share, kept while pages change.
const registry = (globalThis[Symbol.for("mlcl.cloud")] ??= { waiting: new Map(), show: null, leave: null });
registry.items ??= new Map();
registry.clouds ??= new Map();
