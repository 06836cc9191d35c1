/* The map of the planner's page, of one board at a time: units, borders of zones, schools, and over them what is selected, cut off, locked, different.
   It draws what it is told and reports clicks, boxes and keys; it decides nothing. */
var zhaoshengMap = function (board, box, heard) {
  "use strict";

  var element = zhaoshengWriting.element, STREETS = zhaoshengWriting.streets;
  var INK = "#1f2933", BLUE = "#0b3d91", SHARED = "#d6d6cf";
  var LABELLED_UNITS = 150;  // more units in view than this leave no room for their names
  var map = L.map(box, {
    crs: L.CRS.Simple, attributionControl: false, zoomControl: false, keyboard: false, boxZoom: false, doubleClickZoom: false,
    zoomSnap: 0.25, zoomDelta: 0.5, minZoom: -9, maxZoom: 2, zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false,
    wheelPxPerZoomLevel: 120
  });
  ["ground", "units", "over", "lines", "marks", "names"].forEach(function (name, order) {
    map.createPane(name).style.zIndex = 400 + order * 10;
  });
  ["over", "lines", "names"].forEach(function (name) { map.getPane(name).style.pointerEvents = "none"; });

  /* ---- the ground, the units, the lines ---- */
  L.polygon(board.boundary, { pane: "ground", interactive: false, color: "#6b6b66", weight: 1.5, fillColor: "#fff", fillOpacity: 1 }).addTo(map);
  var group = L.featureGroup().addTo(map);
  /* Thousands of units: each outline is written once, in metres, and the picture as a whole is moved and scaled. */
  var Unit = L.Polygon.extend({
    _project: function () {},
    _update: function () {},
    _reset: function () {
      if (this._path.hasAttribute("d")) return;
      this._path.setAttribute("d", board.units[this.place].rings.flat().map(function (ring) {
        return "M" + ring.map(function (at) { return at[1] + " " + -at[0]; }).join("L") + "z";
      }).join(""));
    }
  });
  var canvas = L.svg({ pane: "units", padding: 1 });
  function scale() {
    var from = map.getPixelOrigin();
    canvas._rootGroup.setAttribute("transform", "translate(" + -from.x + " " + -from.y + ") scale(" + map.getZoomScale(map.getZoom(), 0) + ")");
  }
  var units = board.units.map(function (unit, u) {
    var layer = new Unit(unit.rings, { renderer: canvas, pane: "units", className: "unit", color: "#fff", weight: 0.7, fillOpacity: 0.65 });
    layer.place = u;
    return layer.addTo(group);
  });
  group.on("click", function (event) { heard.unit(event.layer.place); });
  group.bindTooltip(function (layer) {
    var made = element("div");
    heard.about(layer.place).forEach(function (line) { made.append(element("div", line)); });
    return made;
  }, { sticky: true, direction: "top", opacity: 1, className: "about" });

  function over(name, style) {
    return L.polygon([], Object.assign({ pane: "over", interactive: false, className: name, fill: false, weight: 2, color: INK }, style)).addTo(map);
  }
  var overlays = {
    locked: over("locked", { fill: true, fillColor: "url(#dots)", fillOpacity: 1, stroke: false }),
    cut: over("cut", { fill: true, fillColor: "url(#hatch)", fillOpacity: 1, weight: 2, color: "#a31621" }),
    different: over("different", { weight: 2.5, dashArray: "3 4" }),
    selected: over("selected", { weight: 4, color: BLUE }),
    cursor: over("cursor", { weight: 2, color: "#fff", dashArray: "4 4" })
  };
  board.streets.forEach(function (street) {
    L.polyline(street.line, Object.assign({ pane: "lines", interactive: false }, STREETS[street.kind] || STREETS.street)).addTo(map);
  });
  var borders = L.polyline([], { pane: "lines", interactive: false, className: "borders", color: INK, weight: 2 }).addTo(map);

  /* ---- the schools ---- */
  var marks = [], painted = [];
  function enter(next) {
    board = next;
    painted = [];
    marks.forEach(function (entry) { entry.mark.remove(); });
    marks = board.schools.map(function (school, k) {
      var face = element("span", String(k + 1));
      face.style.background = board.tints[school.tint];
      var mark = L.marker(school.at, { pane: "marks", keyboard: false, title: school.name, icon: L.divIcon({ html: face, className: "school", iconSize: [26, 26] }) }).addTo(map);
      mark.on("click", function () { heard.school(k); });
      return { mark: mark, face: face };
    });
  }

  L.control.zoom({ zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 130, position: "bottomright" }).addTo(map);
  var north = L.control({ position: "topright" });
  north.onAdd = function () { return element("div", "▲ 北", "north"); };
  north.addTo(map);

  /* ---- names that never cover each other ---- */
  var pen = document.createElement("canvas").getContext("2d"), shown = null;
  function label() {
    if (!map._loaded || !shown) return;
    var pane = map.getPane("names"), frame = map.getSize(), taken = [], made = document.createDocumentFragment();
    var family = getComputedStyle(box).fontFamily;
    function put(text, name, size, centre, shifts) {
      pen.font = size + "px " + family;
      var w = pen.measureText(text).width + 4, h = size + 3;
      return shifts.some(function (shift) {
        var x = centre.x + shift[0] * (w / 2 + shift[2]) - w / 2, y = centre.y + shift[1] * (h / 2 + shift[2]) - h / 2;
        var free = x > 2 && y > 2 && x + w < frame.x - 2 && y + h < frame.y - 2 &&
          !taken.some(function (other) { return x < other[2] && other[0] < x + w && y < other[3] && other[1] < y + h; });
        if (!free) return false;
        var at = map.containerPointToLayerPoint([x, y]), sign = element("div", text, "name " + name);
        sign.style.transform = "translate(" + Math.round(at.x) + "px," + Math.round(at.y) + "px)";
        made.append(sign);
        taken.push([x, y, x + w, y + h]);
        return true;
      });
    }
    var outer = box.getBoundingClientRect();
    box.querySelectorAll(".leaflet-control").forEach(function (part) {
      var inner = part.getBoundingClientRect();
      taken.push([inner.left - outer.left, inner.top - outer.top, inner.right - outer.left, inner.bottom - outer.top]);
    });
    var places = board.schools.map(function (school) { return map.latLngToContainerPoint(school.at); });
    places.forEach(function (p) { taken.push([p.x - 14, p.y - 14, p.x + 14, p.y + 14]); });
    var round = [[1, 0, 14], [-1, 0, 14], [0, -1, 14], [0, 1, 14], [1, 1, 9], [-1, 1, 9], [1, -1, 9], [-1, -1, 9],
      [0.6, -1, 15], [-0.6, -1, 15], [0.6, 1, 15], [-0.6, 1, 15], [0, -1, 28], [0, 1, 28]];
    var order = board.schools.map(function (_, k) { return k; }).sort(function (a, b) { return shown.worst[b] - shown.worst[a] || a - b; });
    order.forEach(function (k) {
      var lacks = shown.worst[k] > 0.5 ? " 缺" + Math.round(shown.worst[k]) : "";
      put(board.schools[k].short + lacks, lacks ? "short" : "", 12, places[k], round);
    });
    var bounds = map.getBounds(), near = units.filter(function (layer) { return bounds.intersects(layer.getBounds()); });
    if (near.length <= LABELLED_UNITS) near.forEach(function (layer) {
      put(board.units[layer.place].name, "unit-name", 11, map.latLngToContainerPoint(board.units[layer.place].at), [[0, 0, 0]]);
    });
    pane.replaceChildren(made);
  }
  map.on("zoomend moveend resize", label);

  /* ---- a box with Shift held down ---- */
  box.addEventListener("mousedown", function (event) {
    if (!event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    var from = map.mouseEventToContainerPoint(event), frame = element("div", "", "frame");
    box.append(frame);
    function drag(moved) {
      var to = map.mouseEventToContainerPoint(moved);
      Object.assign(frame.style, {
        left: Math.min(from.x, to.x) + "px", top: Math.min(from.y, to.y) + "px",
        width: Math.abs(to.x - from.x) + "px", height: Math.abs(to.y - from.y) + "px"
      });
    }
    function drop(ended) {
      document.removeEventListener("mousemove", drag);
      document.removeEventListener("mouseup", drop);
      frame.remove();
      var to = map.mouseEventToContainerPoint(ended);
      if (from.distanceTo(to) < 4) return;
      swallow();
      var area = L.latLngBounds(map.containerPointToLatLng(from), map.containerPointToLatLng(to));
      heard.box(board.units.map(function (_, u) { return u; }).filter(function (u) { return area.contains(board.units[u].at); }));
    }
    /* The click that ends a box is not a click on a unit. */
    function swallow() {
      function stop(click) { click.stopPropagation(); }
      box.addEventListener("click", stop, { capture: true, once: true });
      setTimeout(function () { box.removeEventListener("click", stop, { capture: true }); }, 0);
    }
    document.addEventListener("mousemove", drag);
    document.addEventListener("mouseup", drop);
  });

  /* ---- the keyboard: arrows walk from unit to unit ---- */
  var cursor = null, WAYS = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  function beyond(way) {
    var from = board.units[cursor].at, best = null, least = Infinity;
    board.units.forEach(function (unit, u) {
      var north = unit.at[0] - from[0], east = unit.at[1] - from[1];
      var ahead = north * way[0] + east * way[1], aside = Math.abs(north * way[1] + east * way[0]);
      if (ahead > 0 && ahead >= aside && ahead + aside < least) { least = ahead + aside; best = u; }
    });
    return best;
  }
  function go(unit) {
    if (unit === null) return;
    cursor = unit;
    overlays.cursor.setLatLngs(board.units[unit].rings);
    map.panInside(board.units[unit].at, { padding: [60, 60], animate: false });
    heard.cursor(unit);
  }
  box.addEventListener("keydown", function (event) {
    if (event.target !== box || event.ctrlKey || event.metaKey || event.altKey) return;
    if (WAYS[event.key]) {
      go(cursor === null ? nearest() : beyond(WAYS[event.key]));
      if (event.shiftKey && cursor !== null) heard.box([cursor]);
    } else if (event.key === " " || event.key === "Enter") {
      if (cursor === null) go(nearest()); else heard.unit(cursor);
    } else if (event.key === "+" || event.key === "=") map.zoomIn();
    else if (event.key === "-") map.zoomOut();
    else return;
    event.preventDefault();
  });
  function nearest() {
    var centre = map.getCenter(), found = null, least = Infinity;
    board.units.forEach(function (unit, u) {
      var apart = Math.hypot(unit.at[0] - centre.lat, unit.at[1] - centre.lng);
      if (apart < least) { least = apart; found = u; }
    });
    return found;
  }
  box.addEventListener("blur", function () { overlays.cursor.setLatLngs([]); });

  /* ---- drawing: the zone of each unit is the place of its school, or those of several joined by commas ---- */
  function rings(places) { return places.map(function (u) { return board.units[u].rings; }).flat(); }
  function draw(view) {
    view.zones.forEach(function (zone, u) {
      if (painted[u] === zone) return;
      units[u].setStyle({ fillColor: zone.indexOf(",") >= 0 ? SHARED : board.tints[board.schools[zone].tint] });
      painted[u] = zone;
    });
    borders.setLatLngs(board.borders.filter(function (border) { return view.zones[border[0]] !== view.zones[border[1]]; }).map(function (border) { return border[2]; }));
    ["locked", "cut", "different"].forEach(function (name) { overlays[name].setLatLngs(rings(view[name])); });
    marks.forEach(function (entry, k) { entry.face.className = view.levels[k]; });
    shown = view;
    label();
  }
  function look(view) { map.fitBounds(board.views[view][1], { padding: [8, 8], animate: false }); }
  look(0);
  scale();
  map.on("zoomend moveend", scale);

  return {
    enter: enter, draw: draw, look: look,
    select: function (units) { overlays.selected.setLatLngs(rings(units)); },
    resize: function () { map.invalidateSize({ animate: false }); },
    show: function (unit) { map.setView(board.units[unit].at, Math.max(map.getZoom(), -3), { animate: false }); }
  };
};
