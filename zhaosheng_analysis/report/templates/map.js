/* The interactive map of a report. Names reach the page as text nodes only, never as markup. */
(function () {
  "use strict";

  var NEAR_WHITE = "#ffffff";
  var element = zhaoshengWriting.element, STREETS = zhaoshengWriting.streets;

  document.querySelectorAll(".zs-map").forEach(start);

  function start(root, number) {
    var data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
    var state = { year: String(data.years[0]), stage: data.stages[0][0], metric: data.metrics[0][0], picked: null };
    var canvas = root.querySelector(".zs-canvas");
    var side = root.querySelector(".zs-side");
    var finder = root.querySelector(".zs-find");
    var map = L.map(canvas, {
      crs: L.CRS.Simple, attributionControl: false, zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5,
      minZoom: -9, maxZoom: 1, zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, wheelPxPerZoomLevel: 120
    });
    var schoolsById = {};
    data.schools.forEach(function (school) { schoolsById[school.stage + " " + school.id] = school; });

    /* ---- what is drawn, from the ground up ---- */
    ["ground", "zones", "lines", "dots"].forEach(function (name, order) {
      map.createPane(name).style.zIndex = 400 + order * 10;
    });
    var labelPane = map.createPane("labels");
    labelPane.style.zIndex = 480;
    labelPane.style.pointerEvents = "none";

    L.polygon(data.boundary, { pane: "ground", interactive: false, color: "#6b6b66", weight: 1.5, fillColor: NEAR_WHITE, fillOpacity: 1 }).addTo(map);
    var zoneLayers = data.zones.map(function (zone) {
      var layer = L.polygon(zone.rings, { pane: "zones", className: "zs-zone" });
      layer.on("click", function () { pickZone(zone); });
      layer.bindTooltip(element("span", zone.name), { sticky: true });
      return { zone: zone, layer: layer };
    });
    data.areas.forEach(function (area) {
      L.polygon(area.rings, { pane: "lines", interactive: false, fill: false, color: "#a9a9a2", weight: area.kind === "district" ? 2 : 1, dashArray: area.kind === "district" ? null : "1 4" }).addTo(map);
    });
    data.streets.forEach(function (street) {
      L.polyline(street.line, Object.assign({ pane: "lines", interactive: false }, STREETS[street.kind] || STREETS.street)).addTo(map);
    });
    var dots = data.schools.map(function (school) {
      var layer = L.circleMarker(school.at, { pane: "dots", className: "zs-dot", radius: 6 });
      layer.on("click", function () { pick(school); });
      return { school: school, layer: layer };
    });

    /* ---- codes and colours ---- */
    function record(school) { return school.years[state.year]; }
    function grade(school) { var row = school && record(school); return row ? row[state.metric] : "none"; }
    function graver(a, b) { return data.gravity.indexOf(a) >= data.gravity.indexOf(b) ? a : b; }
    function zoneGrade(zone) {
      return zone.schools.map(function (id) { return grade(schoolsById[zone.stage + " " + id]); }).reduce(graver, "none");
    }
    function word(code) { return data.words[state.metric][code] || "不评级"; }

    function restyle() {
      zoneLayers.forEach(function (entry) {
        if (entry.zone.stage !== state.stage) { entry.layer.remove(); return; }
        var tone = data.tones[zoneGrade(entry.zone)];
        var chosen = state.picked && entry.zone.schools.indexOf(state.picked.id) >= 0;
        entry.layer.setStyle({
          fillColor: tone.fill, fillOpacity: 0.55, color: chosen ? "#1f2933" : "#ffffff", weight: chosen ? 2.5 : 1.2,
          dashArray: entry.zone.rule === "choice" ? "5 4" : null
        });
        if (entry.zone.rule === "choice" && !chosen) entry.layer.setStyle({ color: "#1f2933" });
        if (entry.zone.rule === "district") entry.layer.setStyle({ fillColor: NEAR_WHITE, weight: 0 });
        entry.layer.addTo(map);
        if (chosen) entry.layer.bringToFront();
      });
      dots.forEach(function (entry) {
        var school = entry.school;
        if (school.stage !== state.stage) { entry.layer.remove(); return; }
        var chosen = school === state.picked;
        entry.layer.addTo(map);
        entry.layer.setStyle({ fillColor: data.tones[grade(school)].fill, fillOpacity: 1, color: "#1f2933", weight: chosen ? 3 : 1.3 });
        entry.layer.setRadius(chosen ? 8 : 6);
        reachable(entry.layer.getElement(), school);
      });
      legend();
      panel();
      declutter();
    }

    function reachable(path, school) {
      if (!path) return;
      path.setAttribute("tabindex", "0");
      path.setAttribute("role", "button");
      path.setAttribute("aria-label", school.name + "，" + state.year + " 年，" + word(grade(school)));
      path.onkeydown = function (event) {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pick(school); }
      };
    }

    /* ---- the panel beside the map ---- */
    function pick(school) { state.picked = school; finder.value = school ? school.id : ""; restyle(); }
    function pickZone(zone) {
      var school = zone.schools.map(function (id) { return schoolsById[zone.stage + " " + id]; }).filter(Boolean)
        .sort(function (a, b) { return data.gravity.indexOf(grade(b)) - data.gravity.indexOf(grade(a)); })[0];
      if (school) { pick(school); return; }
      state.picked = null;
      restyle();
      side.replaceChildren(element("h3", zone.name), element("p", zone.sentence, "zs-quiet"));
    }
    function chip(code) {
      var made = element("span", word(code), "zs-chip"), tone = data.tones[code] || data.tones.none;
      made.style.background = tone.fill;
      made.style.color = tone.ink;
      return made;
    }
    function panel() { side.replaceChildren.apply(side, state.picked ? schoolPanel(state.picked) : summary()); }

    function schoolPanel(school) {
      var head = element("h3", school.name), level = element("p");
      level.append(chip(grade(school)), " " + state.year + " 年 · " + data.metrics.find(function (m) { return m[0] === state.metric; })[1]);
      var parts = [head, level, numbers(school)], row = record(school);
      if (row && row.cut) parts.push(element("p", state.year + " 年按现行规则预计录到" + row.cut));
      data.zones.filter(function (zone) { return zone.stage === school.stage && zone.schools.indexOf(school.id) >= 0; }).forEach(function (zone) {
        parts.push(element("p", zone.name + (zone.sentence ? "：" + zone.sentence : ""), "zs-quiet"));
      });
      var back = element("button", "返回全部学校");
      back.type = "button";
      back.onclick = function () { pick(null); };
      return parts.concat(back);
    }

    function numbers(school) {
      var table = element("table"), head = table.createTHead().insertRow(), body = table.createTBody();
      head.append(element("th", ""));
      data.years.forEach(function (year) { head.append(element("th", year, String(year) === state.year ? "zs-now" : "")); });
      data.numbers.forEach(function (number, index) {
        var row = body.insertRow();
        row.append(element("th", number[1].replace("（人）", "")));
        data.years.forEach(function (year) {
          var entry = school.years[String(year)];
          row.append(element("td", entry ? entry.numbers[index] : "—", String(year) === state.year ? "zs-now" : ""));
        });
      });
      return table;
    }

    function summary() {
      var here = data.schools.filter(function (school) { return school.stage === state.stage && record(school); });
      var stage = data.stages.find(function (entry) { return entry[0] === state.stage; })[1];
      var parts = [element("h3", state.year + " 年 · " + stage), element("p", "共 " + here.length + " 所学校。点学校或学区看数字。", "zs-quiet")];
      Object.keys(data.words[state.metric]).forEach(function (code) {
        var rows = here.filter(function (school) { return grade(school) === code; });
        if (!rows.length) return;
        rows.sort(function (a, b) { return record(b).short - record(a).short; });
        var line = element("p");
        line.append(chip(code), " " + rows.length + " 所");
        parts.push(line);
        if (code !== "green" && code !== "ok") parts.push(list(rows));
      });
      var without = here.filter(function (school) { return grade(school) === "none"; }).length;
      if (without) parts.push(element("p", "不评级 " + without + " 所（民办、停招或没有统计人数、计划）", "zs-quiet"));
      return parts;
    }

    function list(rows) {
      var made = element("ul");
      rows.forEach(function (school) {
        var item = element("li"), button = element("button", school.name), short = record(school).short;
        button.type = "button";
        button.onclick = function () { pick(school); map.panInside(school.at, { padding: [60, 60] }); };
        item.append(button, short ? "　缺 " + short : "");
        made.append(item);
      });
      return made;
    }

    /* ---- legend, scale, north ---- */
    var legendBox = root.querySelector(".zs-legend");
    function legend() {
      var rows = Object.entries(data.legends[state.metric]).map(function (entry) {
        var row = element("div"), mark = element("i");
        mark.style.background = data.tones[entry[0]].fill;
        row.append(mark, entry[1]);
        return row;
      });
      if (data.zones.some(function (zone) { return zone.rule === "choice" && zone.stage === state.stage; })) {
        var row = element("div"), mark = element("i", null, "zs-dash");
        row.append(mark, "虚线：多校划片，取最紧的一所");
        rows.push(row);
      }
      if (data.zones.some(function (zone) { return zone.rule === "district" && zone.stage === state.stage; })) {
        rows.push(element("div", "该学段不划片或全区统一安排，只看学校的圆点"));
      }
      legendBox.replaceChildren.apply(legendBox, rows);
    }
    function control(box, position) {
      var made = L.control({ position: position });
      made.onAdd = function () { return box; };
      made.addTo(map);
    }
    var north = element("div", null, "zs-north");
    north.append(element("div", "▲"), element("div", "北"));
    L.control.zoom({ zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
    control(north, "topright");
    L.control.scale({ imperial: false, maxWidth: 130, position: "bottomright" }).addTo(map);

    /* ---- labels that never cover each other ---- */
    var pen = document.createElement("canvas").getContext("2d");
    function width(text, size) { pen.font = size + "px " + getComputedStyle(canvas).fontFamily; return pen.measureText(text).width; }

    function declutter() {
      if (!map._loaded) return;
      var taken = [], frame = map.getSize(), visible = dots.filter(function (entry) { return entry.school.stage === state.stage; });
      labelPane.replaceChildren();
      function free(box) {
        return box[0] > 2 && box[1] > 2 && box[2] < frame.x - 2 && box[3] < frame.y - 2 &&
          !taken.some(function (other) { return box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]; });
      }
      function place(text, box, name) {
        var made = element("div", text, "zs-label " + name), at = map.containerPointToLayerPoint([box[0], box[1]]);
        made.style.left = at.x + "px";
        made.style.top = at.y + "px";
        labelPane.append(made);
        taken.push(box);
      }
      root.querySelectorAll(".leaflet-control").forEach(function (box) {
        var outer = canvas.getBoundingClientRect(), inner = box.getBoundingClientRect();
        taken.push([inner.left - outer.left, inner.top - outer.top, inner.right - outer.left, inner.bottom - outer.top]);
      });
      visible.forEach(function (entry) {
        var p = map.latLngToContainerPoint(entry.school.at);
        taken.push([p.x - 6, p.y - 6, p.x + 6, p.y + 6]);
      });
      visible.slice().sort(function (a, b) {
        return (b.school === state.picked) - (a.school === state.picked) ||
          data.gravity.indexOf(grade(b.school)) - data.gravity.indexOf(grade(a.school)) ||
          ((record(b.school) || {}).short || 0) - ((record(a.school) || {}).short || 0);
      }).forEach(function (entry) {
        var p = map.latLngToContainerPoint(entry.school.at), w = width(entry.school.short, 12) + 4, h = 15;
        [[9, -h / 2], [-w - 9, -h / 2], [-w / 2, -h - 8], [-w / 2, 8], [7, -h - 4], [7, 4], [-w - 7, -h - 4], [-w - 7, 4]].some(function (shift) {
          var box = [p.x + shift[0], p.y + shift[1], p.x + shift[0] + w, p.y + shift[1] + h];
          if (!free(box)) return false;
          place(entry.school.short, box, "zs-school");
          return true;
        });
      });
      data.streets.forEach(function (street) { streetLabel(street, free, place); });
      data.areas.forEach(function (area) {
        var centre = map.latLngToContainerPoint(L.latLngBounds(area.rings[0][0]).getCenter()), w = width(area.name, 13) * 1.4 + 4;
        var box = [centre.x - w / 2, centre.y - 8, centre.x + w / 2, centre.y + 8];
        if (free(box)) place(area.name, box, "zs-area");
      });
    }

    function streetLabel(street, free, place) {
      var points = street.line.map(function (at) { return map.latLngToContainerPoint(at); }), best = null;
      for (var i = 1; i < points.length; i += 1) {
        var length = points[i].distanceTo(points[i - 1]);
        if (!best || length > best.length) best = { length: length, a: points[i - 1], b: points[i] };
      }
      var w = width(street.name, 11) + 4, h = 14;
      if (!best || best.length < w * 1.2) return;
      var steep = Math.abs(best.b.y - best.a.y) > Math.abs(best.b.x - best.a.x);
      var size = steep ? [h, w] : [w, h];
      [0.5, 0.3, 0.7, 0.15, 0.85].some(function (share) {
        var x = best.a.x + (best.b.x - best.a.x) * share, y = best.a.y + (best.b.y - best.a.y) * share;
        var box = [x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2];
        if (!free(box)) return false;
        place(street.name, box, "zs-street" + (steep ? " zs-upright" : ""));
        return true;
      });
    }

    /* ---- the bar above the map ---- */
    function radios(box, entries, key) {
      entries.forEach(function (entry) {
        var label = element("label"), input = element("input");
        input.type = "radio";
        input.name = "zs-" + key + "-" + number;
        input.value = entry[0];
        input.checked = entry[0] === state[key];
        input.onchange = function () { state[key] = entry[0]; if (key === "stage") { state.picked = null; choices(); } restyle(); };
        label.append(input, entry[1]);
        box.append(label);
      });
      box.hidden = entries.length < 2;
    }
    function choices() {
      var named = data.schools.filter(function (school) { return school.stage === state.stage; })
        .sort(function (a, b) { return a.name.localeCompare(b.name, "zh"); });
      finder.replaceChildren(finder.options[0]);
      named.forEach(function (school) {
        var option = element("option", school.name);
        option.value = school.id;
        finder.append(option);
      });
    }
    finder.onchange = function () {
      var school = schoolsById[state.stage + " " + finder.value] || null;
      pick(school);
      if (school) map.panInside(school.at, { padding: [60, 60] });
    };
    var slider = root.querySelector(".zs-year"), shown = root.querySelector(".zs-shown");
    slider.max = data.years.length - 1;
    function turn() {
      state.year = String(data.years[Number(slider.value)]);
      shown.textContent = state.year + " 年";
      slider.setAttribute("aria-valuetext", state.year + " 年");
      restyle();
    }
    slider.oninput = turn;
    radios(root.querySelector(".zs-stages"), data.stages, "stage");
    radios(root.querySelector(".zs-metrics"), data.metrics, "metric");
    choices();
    var jump = root.querySelector(".zs-view");
    data.views.forEach(function (view, index) {
      var option = element("option", view[0]);
      option.value = index;
      jump.append(option);
    });
    jump.parentNode.hidden = data.views.length < 2;
    jump.onchange = function () { map.fitBounds(data.views[jump.value][1], { padding: [12, 12], animate: false }); };
    map.fitBounds(data.views[0][1], { padding: [12, 12], animate: false });
    map.on("zoomend moveend resize", declutter);
    turn();
  }
})();
