/* The planner's page: the desk (assignment, locks, history), what is said about it, and the hands on it. */
(function () {
  "use strict";

  var sums = zhaoshengSums, element = zhaoshengWriting.element, whole = zhaoshengWriting.whole, metres = zhaoshengWriting.metres;
  var data = JSON.parse(document.getElementById("board").textContent);
  /* One board a scenario: its schools, seats, children and rows; the first is without. */
  var boards = data.scenarios.map(function (scenario) {
    var units = data.units.map(function (unit, u) { return Object.assign({}, unit, scenario.members[u]); });
    return Object.assign({}, data, scenario, { units: units });
  });
  var starts = boards.flatMap(function (board, at) {
    var around = sums.neighbours(board), now = { name: "现状" + (board.name ? "（" + board.name + "）" : ""), assignment: board.start };
    return [now].concat(board.options).map(function (start) {
      return { name: start.name, gap: start.gap, phases: start.phases, groups: start.groups, assignment: start.assignment, at: at, schools: schoolsOf(board, start.assignment), account: sums.account(board, around, start.assignment) };
    });
  });
  var nameOf = new Map(boards.flatMap(function (board) { return board.schools.map(function (school) { return [school.id, school.name]; }); }));
  var today = starts[0];
  var STORE = "zhaosheng redraw " + data.key;
  var desk = {
    scenario: 0, assignment: today.assignment.slice(), locked: today.assignment.map(function () { return false; }),
    valid_from: data.valid_from, note: "", comments: data.units.map(function () { return ""; }), past: [], future: []
  };
  var selected = new Set(), against = null, sizes = false, unsaved = false;  // rows; a start; which table; no storage
  var board, around, members, roots, current;  // of the scenario on the desk; the account of its assignment

  /* The schools of each unit under an assignment, by their ids in one order: these can be compared across scenarios. */
  function schoolsOf(board, assignment) {
    return board.units.map(function (unit) { return sums.ids(board, assignment, unit).sort().join("、"); });
  }
  function membersOf(board) {
    var made = board.rows.map(function () { return []; });
    board.units.forEach(function (unit, u) { made[unit.row].push(u); });
    return made;
  }
  function by(id) { return document.getElementById(id); }
  function unitsOf(rows) { return Array.from(rows).flatMap(function (r) { return members[r]; }); }
  function names(rows, most) { return named(unitsOf(rows), most); }
  function named(found, most) {
    return found.slice(0, most).map(function (u) { return board.units[u].name; }).join("、") + (found.length > most ? " 等 " + found.length + " 个" : "");
  }
  function rowsWhere(test) { return board.rows.map(function (_, r) { return r; }).filter(test); }

  /* ---- the desk: every change is a step that can be taken back ---- */
  function take(words, changes, meant) {
    changes = changes.filter(function (one) { return JSON.stringify(one.before) !== JSON.stringify(one.after); });
    if (!changes.length) { say("没有变化"); return; }
    desk.past.push({ words: words, changes: changes });
    desk.future = [];
    changes.forEach(function (change) { put(change, change.after); });
    keep();
    say(meant || words);
    draw();
  }
  /* A change of one place of a list, or (without a place) of the whole of it; lists are copied, or history would change. */
  function copy(value) { return Array.isArray(value) ? value.slice() : value; }
  function put(change, value) {
    if (change.at === null) desk[change.field] = copy(value); else desk[change.field][change.at] = value;
  }
  function change(field, at, after) {
    return { field: field, at: at, before: at === null ? copy(desk[field]) : desk[field][at], after: after };
  }
  function undo() {
    var step = desk.past.pop();
    if (!step) return;
    step.changes.slice().reverse().forEach(function (one) { put(one, one.before); });
    desk.future.push(step);
    keep();
    say("已撤销：" + step.words);
    draw();
  }
  function redo() {
    var step = desk.future.pop();
    if (!step) return;
    step.changes.forEach(function (one) { put(one, one.after); });
    desk.past.push(step);
    keep();
    say("已重做：" + step.words);
    draw();
  }

  /* A page in a sandbox has no storage: then leaving with changes asks first. */
  function keep() {
    try { localStorage.setItem(STORE, JSON.stringify(desk)); unsaved = false; } catch (error) { unsaved = true; }
  }
  function remember() {
    try {
      var found = JSON.parse(localStorage.getItem(STORE));
      if (!found) return;
      desk = Object.assign({}, desk, found);
      say("已恢复上次未完的修改（" + desk.past.length + " 步，可撤销）");
    } catch (error) { unsaved = false; }
  }
  window.addEventListener("beforeunload", function (event) { if (unsaved) event.preventDefault(); });

  /* ---- giving, locking, starting over ---- */
  function held(r, k) {
    if (desk.locked[r]) return "已锁定";
    if (firm(r)) return firm(r);
    return board.rows[r].allowed[k] ? "" : "不许划给该校";
  }
  function firm(r) {
    if (!board.rows[r].firm) return "";
    if (roots.has(r)) return "有学校在内";
    return members[r].some(function (u) { return board.units[u].stays; }) ? "多校划片" : "按要求锁定";
  }
  /* Give what is selected to a school alone, or (more) let its families choose that school as well. */
  function give(k, more) {
    var rows = Array.from(selected), school = board.schools[k].name;
    function already(r) { return more ? desk.assignment[r].indexOf(k) >= 0 : String(desk.assignment[r]) === String(k); }
    var stuck = rows.filter(function (r) { return held(r, k) && !already(r); });
    var free = rows.filter(function (r) { return !held(r, k) && !already(r); });
    var left = stuck.map(function (r) { return names([r], 1) + "（" + held(r, k) + "）"; });
    var rest = stuck.length ? "；" + stuck.length + " 处没有移动：" + left.slice(0, 4).join("、") + (left.length > 4 ? " 等" : "") : "";
    if (!free.length) {
      say(rows.length ? (rest ? rest.slice(1) : "所选小区已经" + (more ? "可选" : "在") + school) : "请先在图上选小区", stuck.length > 0 || !rows.length);
      return;
    }
    var words = names(free, 3) + (more ? " 也可选" : " 划给") + school;
    take(words, free.map(function (r) { return change("assignment", r, more ? desk.assignment[r].concat(k) : [k]); }), words + rest);
  }
  function lock(on) {
    var rows = Array.from(selected).filter(function (r) { return !firm(r); });
    if (!rows.length) { say("所选小区本来就不能划走", true); return; }
    take((on ? "锁定 " : "解锁 ") + names(rows, 3), rows.map(function (r) { return change("locked", r, on); }));
  }
  function startFrom(start) {
    var next = boards[start.at], rows = membersOf(next), assignment = start.assignment.slice(), now = board.units.map(function (unit) { return sums.ids(board, desk.assignment, unit); }), kept = [], freed = [];
    var locked = next.rows.map(function (row, r) {
      var u = rows[r][0];
      if (!desk.locked[board.units[u].row]) return false;
      var doors = now[u].map(function (id) { return next.schools.findIndex(function (school) { return school.id === id; }); });
      if (doors.some(function (k) { return k < 0 || !row.allowed[k]; })) { freed = freed.concat(rows[r]); return false; }
      if (String(assignment[r]) !== String(doors)) kept = kept.concat(rows[r]);
      assignment[r] = doors;
      return true;
    });
    var words = "从「" + start.name + "」开始";
    take(words, [change("scenario", null, start.at), change("assignment", null, assignment), change("locked", null, locked)],
      words + (kept.length ? "；锁定的 " + kept.length + " 个小区保持不动：" + named(kept, 3) : "") +
      (freed.length ? "；" + freed.length + " 个小区在此情景下不能留在原校，已解锁：" + named(freed, 3) : ""));
  }
  function bringIn(text) {
    var file = sums.read(boards, text);
    if (file.faults.length) { say("没有导入，" + file.faults.length + " 处问题：" + file.faults.slice(0, 3).join("；"), true); return; }
    take("导入方案", ["scenario", "assignment", "locked", "valid_from", "note", "comments"].map(function (field) { return change(field, null, file[field]); }));
  }
  function send() {
    var link = element("a");
    link.href = URL.createObjectURL(new Blob([sums.write(board, desk)], { type: "application/json" }));
    link.download = "assignment.json";
    link.click();
    URL.revokeObjectURL(link.href);
    var cut = current.cutUnits.length;
    say("已导出 assignment.json" + (unsaved ? "；若没有下载，请复制下面的「assignment.json 文本」" : "") + (cut ? "；注意：" + cut + " 个小区与学校不相连" : ""), cut > 0);
  }

  /* ---- what is said ---- */
  function say(words, bad) {
    by("status").textContent = words;
    by("status").className = bad ? "bad" : "";
  }
  function draw() {
    if (board !== boards[desk.scenario]) enter();
    current = sums.account(board, around, desk.assignment);
    var worst = current.short.map(function (years) { return Math.max.apply(null, years); });
    map.draw({
      zones: board.units.map(function (unit) { return sums.doorsOf(board, desk.assignment, unit).slice().sort().join(); }),
      worst: worst,
      levels: worst.map(function (short) { return short > 0.5 ? "red" : ""; }),
      cut: current.cutUnits,
      locked: unitsOf(rowsWhere(function (r) { return desk.locked[r] || firm(r) === "按要求锁定"; })),
      different: against ? sums.apart(schoolsOf(board, desk.assignment), against.schools) : []
    });
    drawSums();
    drawWarning();
    tables.fill(current, sizes);
    tables.compare(starts, { name: "当前方案", schools: schoolsOf(board, desk.assignment), account: current }, starts.length > boards.length);
    tables.aloud(moves());
    drawSelection();
    by("undo").disabled = !desk.past.length;
    by("redo").disabled = !desk.future.length;
    by("from").value = desk.valid_from;
    by("note").value = desk.note;
    by("text").value = sums.write(board, desk);
  }
  /* The units that go to another school than today, most children first, with what was said of each. */
  function moves() {
    return sums.apart(schoolsOf(board, desk.assignment), today.schools).map(function (u) {
      var unit = board.units[u], base = boards[0];
      return {
        name: unit.name, from: unit.today, to: schoolOf(u), children: sums.total(unit.pupils),
        before: sums.shared(base, sums.doorsOf(base, base.start, base.units[u]), base.units[u].walks),
        after: sums.shared(board, sums.doorsOf(board, desk.assignment, unit), unit.walks), said: desk.comments[u]
      };
    }).sort(function (a, b) { return b.children - a.children; });
  }
  function drawSums() {
    var was = today.account;
    function entry(label, now, before) {
      var box = element("div"), value = element("dd", now);
      value.append(element("small", before));
      box.append(element("dt", label), value);
      return box;
    }
    by("sums").replaceChildren(
      entry("缺学位（" + board.years.length + " 年合计）", whole(current.missing), "现状 " + whole(was.missing)),
      entry("平均步行", metres(current.mean), "现状 " + metres(was.mean)),
      entry("最远步行", metres(current.longest), "现状 " + metres(was.longest)),
      entry("改变学校的儿童", whole(current.terms.moved) + " 人次", sums.apart(schoolsOf(board, desk.assignment), today.schools).length + " 个小区"),
      entry("总代价", whole(current.cost), "现状 " + whole(was.cost))
    );
  }
  function drawWarning() {
    var lines = board.schools.map(function (school, k) {
      var cut = current.cutUnits.filter(function (u) { return desk.assignment[board.units[u].row][0] === k; });
      return cut.length ? element("p", "⚠ 与" + school.name + "不相连，" + cut.length + " 个小区：" + cut.map(function (u) { return board.units[u].name; }).join("、"), "bad") : null;
    }).filter(Boolean);
    var made = lines.length ? lines : [element("p", "✓ 各校学区都连成一片", "good")];
    if (lines.length > 1) made.unshift(element("p", "⚠ 共 " + current.cutUnits.length + " 个小区与所划学校不相连", "bad"));
    var words = made.map(function (line) { return line.textContent; }).join();
    if (by("warning").dataset.words === words) return;  // an alert is read aloud only when it changes
    by("warning").dataset.words = words;
    by("warning").replaceChildren.apply(by("warning"), made);
  }

  var targets = [];
  /* ---- the selection ---- */
  function drawSelection() {
    var units = unitsOf(selected), picked = by("picked");
    map.select(units);
    var walks = board.schools.map(function (_, k) {
      return sums.total(units.map(function (u) { return board.units[u].walks[k]; })) / Math.max(units.length, 1);
    });
    tables.offer(units.length ? walks : null);
    /* The nearest school stands first in the list, those that can take nothing of the selection last. */
    var barred = board.schools.map(function (_, k) { return selected.size > 0 && Array.from(selected).every(function (r) { return held(r, k); }); });
    targets.slice().sort(function (a, b) { return barred[a.value] - barred[b.value] || walks[a.value] - walks[b.value] || a.value - b.value; }).forEach(function (option) {
      var k = Number(option.value);
      option.textContent = (k + 1) + " " + board.schools[k].short + (units.length ? "，" + metres(walks[k]) : "") + (barred[k] ? "（不能划给）" : "");
      by("target").append(option);
    });
    by("comment").disabled = units.length !== 1;
    by("comment").value = units.length === 1 ? desk.comments[units[0]] : "";
    by("give").disabled = by("more").disabled = by("lock").disabled = by("unlock").disabled = by("clear").disabled = !units.length;
    if (!units.length) {
      picked.textContent = "点小区选择，按住 Shift 拖出方框选一片；键盘：方向键移动，空格选择。选好后点学校，或在下面、右表中划给；「加为任选」使所选小区在原有学校之外也可选该校（多校划片），「划给该校」退出多校。";
      return;
    }
    var children = board.years.map(function (year, y) { return year + " 年 " + whole(sums.total(units.map(function (u) { return board.units[u].pupils[y]; }))); });
    var schools = Array.from(new Set(units.map(schoolOf)));
    picked.textContent = "已选 " + units.length + " 个小区：" + names(selected, 6) + "｜现划 " + schools.slice(0, 3).join("、") + (schools.length > 3 ? " 等" : "") + "｜儿童：" + children.join("，");
  }
  function schoolOf(u) {
    return sums.ids(board, desk.assignment, board.units[u]).map(function (id) { return nameOf.get(id) || id; }).join("、");
  }
  function about(u) {
    var unit = board.units[u], why = desk.locked[unit.row] ? "锁定" : firm(unit.row), doors = sums.doorsOf(board, desk.assignment, unit);
    var notes = [doors.length > 1 && why !== "多校划片" ? "多校任选" : "", why && why + "，不能划走"].filter(Boolean);
    return [
      unit.name + (notes.length ? "（" + notes.join("；") + "）" : ""),
      schoolOf(u) + (schoolOf(u) === unit.today ? "" : "（现状：" + (unit.today || "未划片") + "）"),
      "步行 " + doors.map(function (k) { return metres(unit.walks[k]); }).join("、"),
      board.years.map(function (year, y) { return year + " 年 " + whole(unit.pupils[y]); }).join("，") + " 人"
    ].concat(desk.comments[u] ? ["意见：" + desk.comments[u]] : []);
  }
  function toggle(u) {
    if (!selected.delete(board.units[u].row)) selected.add(board.units[u].row);
    reselect();
  }
  function add(units) {
    units.forEach(function (u) { selected.add(board.units[u].row); });
    reselect();
  }
  function reselect() { drawSelection(); say(selected.size ? "已选 " + unitsOf(selected).length + " 个小区" : "没有选小区"); }
  function unselect() { selected.clear(); reselect(); }

  /* ---- hands ---- */
  function options(select, entries) {
    entries.forEach(function (words, place) {
      var option = element("option", words);
      option.value = place;
      select.append(option);
    });
  }
  options(by("start"), starts.map(function (start) { return start.name; }));
  options(by("against"), ["不比较"].concat(starts.map(function (start) { return start.name; })));
  data.units.forEach(function (unit) {
    var option = element("option");
    option.value = unit.name;
    by("names").append(option);
  });
  options(by("view"), data.views.map(function (view) { return view[0]; }));
  by("view").parentNode.hidden = data.views.length < 2;
  by("view").onchange = function () { map.look(by("view").value); };
  by("load").onclick = function () { startFrom(starts[by("start").value]); };
  by("undo").onclick = undo;
  by("redo").onclick = redo;
  by("against").onchange = function () {
    against = starts[by("against").value - 1] || null;
    draw();
    if (against) {
      var apart = sums.apart(schoolsOf(board, desk.assignment), against.schools);
      say(apart.length ? "与「" + against.name + "」有 " + apart.length + " 个小区不同：" + named(apart, 6) : "与「" + against.name + "」完全相同");
    }
  };
  by("give").onclick = function () { give(Number(by("target").value)); };
  by("more").onclick = function () { give(Number(by("target").value), true); };
  by("lock").onclick = function () { lock(true); };
  by("unlock").onclick = function () { lock(false); };
  by("clear").onclick = unselect;
  by("find").onchange = function () {
    var named = by("find").value, found = board.units.map(function (_, u) { return u; }).filter(function (u) { return board.units[u].name === named; });
    if (!found.length) { say("没有叫「" + named + "」的小区", true); return; }
    map.show(found[0]);
    by("find").value = "";
    add(found);
  };
  by("import").onclick = function () { by("file").click(); };
  by("file").onchange = function () {
    var file = by("file").files[0];
    if (file) file.text().then(bringIn);
    by("file").value = "";
  };
  by("export").onclick = send;
  by("print").onclick = function () { window.print(); };
  by("comment").onchange = function () {
    var u = unitsOf(selected)[0];
    take("记下 " + board.units[u].name + " 的意见", [change("comments", u, by("comment").value.trim())]);
  };
  by("note").onchange = function () { take("改备注", [change("note", null, by("note").value)]); };
  by("from").onchange = function () { if (by("from").value) take("改施行日期", [change("valid_from", null, by("from").value)]); };
  var tabs = ["tab-seats", "tab-sizes", "tab-compare", "tab-aloud"];
  function turn(id) {
    tabs.forEach(function (tab) {
      by(tab).setAttribute("aria-selected", String(tab === id));
      by(tab).tabIndex = tab === id ? 0 : -1;
    });
    sizes = id === "tab-sizes";
    by("seats").hidden = id === "tab-compare" || id === "tab-aloud";
    by("aloud").hidden = id !== "tab-aloud";
    by("seats").setAttribute("aria-labelledby", sizes ? "tab-sizes" : "tab-seats");
    by("compare").hidden = id !== "tab-compare";
    tables.fill(current, sizes);
  }
  tabs.forEach(function (id, place) {
    by(id).onclick = function () { turn(id); };
    by(id).onkeydown = function (event) {
      var step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      var next = tabs[(place + step + tabs.length) % tabs.length];
      turn(next);
      by(next).focus();
    };
  });
  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|TEXTAREA)$/.test(event.target.tagName), key = event.key.toLowerCase();
    if (event.key === "Escape") { unselect(); return; }
    if (typing || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (key === "z" && !event.shiftKey) undo();
    else if (key === "y" || key === "z") redo();
    else return;
    event.preventDefault();
  });
  /* Paper has another width: the map is given it before printing, and its own back afterwards. */
  ["beforeprint", "afterprint"].forEach(function (name) {
    window.addEventListener(name, function () {
      document.body.classList.toggle("printing", name === "beforeprint");
      map.resize();
      map.look(by("view").value);
    });
  });

  /* Another scenario comes onto the desk: its schools, rows and seats. */
  function enter() {
    board = boards[desk.scenario];
    around = sums.neighbours(board);
    members = membersOf(board);
    roots = new Set(board.schools.map(function (school) { return school.row; }));
    selected.clear();
    by("scenario").textContent = board.name ? " · 情景：" + board.name : "";
    by("target").replaceChildren();
    options(by("target"), board.schools.map(function (school) { return school.short; }));
    targets = Array.from(by("target").options);
    tables.enter(board);
    map.enter(board);
  }
  var tables = zhaoshengTables(by("seats"), by("compare"), by("aloud"), give);
  var map = zhaoshengMap(data, by("map"), {
    unit: toggle, school: give, about: about,
    box: add,
    cursor: function (u) { say(about(u).join("；") + (selected.has(board.units[u].row) ? "；已选" : "")); }
  });
  remember();
  draw();
  turn("tab-seats");
})();
