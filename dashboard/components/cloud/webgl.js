// Points with WebGL2: one point sprite each, whose pixels are those of its stamp. A new frame is uploaded once; the way from
// the last frame to it is interpolated in the shader.
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;
const CELLS_WIDE = 256; // of the table of stamps
const VERTEX = `#version 300 es
precision highp float;
precision highp int;
in vec2 a_from;
in vec2 a_to;
in uint a_look;
uniform float u_eased;
uniform vec2 u_centre; // of the window, in the units of the map
uniform vec2 u_size; // of the canvas, in pixels
uniform float u_scale; // pixels for each unit of the map
uniform highp usampler2D u_cells; // left, top and width of each stamp
flat out uvec3 v_cell;
void main() {
  v_cell = texelFetch(u_cells, ivec2(a_look % ${CELLS_WIDE}u, a_look / ${CELLS_WIDE}u), 0).xyz;
  float width = float(v_cell.z);
  vec2 place = (mix(a_from, a_to, u_eased) - u_centre) * u_scale;
  vec2 corner = floor(vec2(place.x, -place.y) + 0.5 * u_size - 0.5 * width + 0.5);
  vec2 middle = (corner + 0.5 * width) / u_size * 2.0 - 1.0;
  gl_Position = vec4(middle.x, -middle.y, 0.0, 1.0);
  gl_PointSize = width;
}`;
const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
flat in uvec3 v_cell;
uniform sampler2D u_stamps;
uniform float u_pixel; // one over the width of the texture
out vec4 colour;
void main() {
  colour = texture(u_stamps, (vec2(v_cell.xy) + gl_PointCoord * float(v_cell.z)) * u_pixel);
}`;

function webglPoints(layer, lost, wanted) {
  if (wanted === "2d" || (wanted !== "webgl2" && registry.software)) return null;
  const gl = layer.getContext("webgl2", { alpha: false, antialias: false, depth: false, stencil: false });
  if (!gl) return null;
  const name = rendererName(gl);
  if (wanted !== "webgl2" && SOFTWARE.test(name)) { // raster.js is several times faster
    registry.software = true;
    dropContext(gl);
    return null;
  }
  try {
    return new WebGLPoints(layer, gl, name, lost);
  } catch (error) {
    console.warn(`cloud: no WebGL: ${error.message}`);
    dropContext(gl);
    return null;
  }
}

function dropContext(gl) { gl.getExtension("WEBGL_lose_context")?.loseContext(); }

function rendererName(gl) {
  const name = gl.getParameter(gl.RENDERER); // Firefox names the device here, Chromium in the extension
  const more = name === "WebKit WebGL" && gl.getExtension("WEBGL_debug_renderer_info");
  return String((more && gl.getParameter(more.UNMASKED_RENDERER_WEBGL)) || name);
}

class WebGLPoints {
  constructor(layer, gl, name, lost) {
    this.name = `webgl2: ${name}`;
    this.layer = layer;
    this.gl = gl;
    this.program = linked(gl, VERTEX, FRAGMENT);
    this.at = Object.fromEntries(
      ["u_eased", "u_centre", "u_size", "u_scale", "u_cells", "u_stamps", "u_pixel"].map((one) => [one, gl.getUniformLocation(this.program, one)]),
    );
    this.attributes = Object.fromEntries(["a_from", "a_to", "a_look"].map((one) => [one, gl.getAttribLocation(this.program, one)]));
    this.buffers = Object.fromEntries(["from", "to", "look", "order"].map((one) => [one, gl.createBuffer()]));
    this.held = {}; // what each buffer holds
    this.stamps = gl.createTexture();
    this.cells = gl.createTexture();
    this.shown = 0;
    this.giveUp = lost;
    this.lost = (event) => { event.preventDefault(); lost(); };
    layer.addEventListener("webglcontextlost", this.lost);
  }

  close() {
    this.layer.removeEventListener("webglcontextlost", this.lost);
    dropContext(this.gl);
    this.layer.remove();
  }

  draw(scene) {
    const { gl, at } = this;
    if (gl.isContextLost()) return; // the event follows
    this.resize(scene);
    if (!this.place(scene.stamps)) { this.giveUp(); return; }
    const { width, height } = this.layer;
    const [red, green, blue] = pixelOf(scene.page);
    gl.viewport(0, 0, width, height);
    gl.clearColor(red / 255, green / 255, blue / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (!scene.n) return;
    gl.useProgram(this.program);
    this.bind(scene);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.uniform1f(at.u_eased, scene.from ? scene.eased : 1);
    gl.uniform2f(at.u_centre, scene.view.x, scene.view.y);
    gl.uniform2f(at.u_size, width, height);
    gl.uniform1f(at.u_scale, scene.view.scale * scene.ratio);
    gl.uniform1i(at.u_cells, 0);
    gl.uniform1i(at.u_stamps, 1);
    gl.uniform1f(at.u_pixel, 1 / this.sheet);
    gl.drawElements(gl.POINTS, scene.n, gl.UNSIGNED_INT, 0);
  }

  // Wider than what is seen by the largest stamp: WebGL leaves out a point whose middle is outside.
  resize({ width, height, ratio, stamps }) {
    const { layer } = this;
    const margin = Math.max(...stamps.map((stamp) => 2 * stamp.half), 1);
    const [wide, high] = [width + 2 * margin, height + 2 * margin];
    if (layer.width === wide && layer.height === high) return;
    layer.width = wide;
    layer.height = high;
    layer.style.width = `${wide / ratio}px`;
    layer.style.height = `${high / ratio}px`;
    layer.style.left = layer.style.top = `${-margin / ratio}px`;
  }

  bind({ from, to, look, order }) {
    const { gl, attributes, buffers } = this;
    this.upload("to", gl.ARRAY_BUFFER, to);
    if (from) this.upload("from", gl.ARRAY_BUFFER, from);
    this.upload("look", gl.ARRAY_BUFFER, look);
    const attribute = (name, buffer) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(attributes[name]);
      return attributes[name];
    };
    gl.vertexAttribPointer(attribute("a_from", from ? buffers.from : buffers.to), 2, gl.FLOAT, false, 0, 0);
    gl.vertexAttribPointer(attribute("a_to", buffers.to), 2, gl.FLOAT, false, 0, 0);
    gl.vertexAttribIPointer(attribute("a_look", buffers.look), 1, gl.UNSIGNED_SHORT, 0, 0);
    this.upload("order", gl.ELEMENT_ARRAY_BUFFER, order);
  }

  upload(name, kind, data) {
    const { gl } = this;
    gl.bindBuffer(kind, this.buffers[name]);
    if (this.held[name] === data) return;
    this.held[name] = data;
    gl.bufferData(kind, data, gl.STATIC_DRAW);
  }

  // All stamps in one texture, in equal squares, and a table of where each stands; returns whether they fit in.
  place(stamps) {
    const { gl } = this;
    if (this.held.stamps === stamps && this.shown === stamps.length) return true;
    this.held.stamps = stamps;
    this.shown = stamps.length;
    const width = Math.max(...stamps.map((stamp) => 2 * stamp.half), 1);
    const columns = Math.ceil(Math.sqrt(stamps.length)) || 1;
    if (columns * width > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return false;
    this.sheet = columns * width;
    const sheet = document.createElement("canvas");
    sheet.width = sheet.height = this.sheet;
    const context = sheet.getContext("2d");
    const cells = new Uint16Array(4 * CELLS_WIDE * (Math.floor(stamps.length / CELLS_WIDE) + 1));
    stamps.forEach(({ canvas, half }, k) => {
      const [left, top] = [(k % columns) * width, Math.floor(k / columns) * width];
      context.drawImage(canvas, left, top);
      cells.set([left, top, 2 * half, 0], 4 * k);
    });
    const texture = (unit, held) => {
      gl.activeTexture(unit);
      gl.bindTexture(gl.TEXTURE_2D, held);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    };
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    texture(gl.TEXTURE1, this.stamps);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, sheet);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    texture(gl.TEXTURE0, this.cells);
    gl.texImage2D(
      gl.TEXTURE_2D, 0, gl.RGBA16UI, CELLS_WIDE, cells.length / 4 / CELLS_WIDE, 0, gl.RGBA_INTEGER, gl.UNSIGNED_SHORT, cells,
    );
    return true;
  }
}

function linked(gl, vertex, fragment) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) || "the shaders do not link");
  return program;
}
