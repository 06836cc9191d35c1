/* The sums of the planner's page: plain functions of the board and an assignment, the same as the package's. Nothing is drawn here.
   Units that must stay together share a row; an assignment holds for each row the places of its schools, several where families choose.
   Of several schools the first is the one a unit must be joined to; children are shared out by seats. */
var zhaoshengSums = (function () {
  "use strict";

  var KEYS = ["version", "district", "policy", "stage", "valid_from", "schools", "locked", "scenario", "note", "comments"];
  var DAY = /^\d{4}-\d{2}-\d{2}$/;
  var TOLERANCE = 1e-9;  // ratios of whole children and seats: 36 of 40 is 0.9

  function total(numbers) { return numbers.reduce(function (sum, number) { return sum + number; }, 0); }

  /* The schools of a unit; one of a choice zone in a row with others keeps its own. */
  function doorsOf(board, assignment, unit) { return unit.stays || assignment[unit.row]; }

  /* Which share of the children each of some schools gets. */
  function parts(board, doors) {
    var worth = doors.map(function (k) { return board.schools[k].seats[0]; }), whole = total(worth);
    return worth.map(function (seats) { return whole > 0 ? seats / whole : 1 / doors.length; });
  }
  function shared(board, doors, values) {
    var share = parts(board, doors);
    return total(doors.map(function (k, n) { return share[n] * values[k]; }));
  }

  /* Children of each school and year, with those it gets whatever the assignment. */
  function loads(board, assignment) {
    var made = board.schools.map(function (school) { return school.given.slice(); });
    board.units.forEach(function (unit) {
      var doors = doorsOf(board, assignment, unit), share = parts(board, doors);
      doors.forEach(function (k, n) {
        unit.pupils.forEach(function (children, year) { made[k][year] += share[n] * children; });
      });
    });
    return made;
  }

  /* Children of a group whom the schools have beyond the average of all; of no group there are none. */
  function gathered(board, assignment) {
    var made = board.schools.map(function () { return 0; });
    board.units.forEach(function (unit) {
      var doors = doorsOf(board, assignment, unit), share = parts(board, doors);
      doors.forEach(function (k, n) { made[k] += share[n] * (unit.beyond || 0); });
    });
    return total(made.map(function (count) { return Math.max(0, count); }));
  }

  /* Classmates of a primary who go on to another school, each counted by the share of the class that does. */
  function parted(board, assignment) {
    var classes = {};
    board.rows.forEach(function (row, r) {
      if (row.flock < 0) return;
      var mates = classes[row.flock] = classes[row.flock] || board.schools.map(function () { return 0; });
      mates[assignment[r][0]] += row.members;
    });
    return total(Object.keys(classes).map(function (flock) {
      var whole = total(classes[flock]);
      return whole > 0 ? total(classes[flock].map(function (here) { return here * (whole - here) / whole; })) : 0;
    }));
  }

  /* green, yellow or red; a school without seats is red as soon as it has a child. */
  function level(board, children, seats) {
    if (seats <= 0) return children > TOLERANCE ? "red" : "green";
    var ratio = children / seats;
    if (ratio >= board.lines.red - TOLERANCE) return "red";
    return ratio >= board.lines.yellow - TOLERANCE ? "yellow" : "green";
  }

  /* Children of the largest class when nobody is sent away, or null where there are children and no class. */
  function classSize(children, classes) {
    if (children <= TOLERANCE) return 0;
    return classes > 0 ? Math.ceil(children / classes - TOLERANCE) : null;
  }
  function sizeLevel(board, size) {
    if (size === null || size >= board.sizes["super"]) return "super";
    if (size >= board.sizes.oversized) return "oversized";
    return size >= board.sizes.over ? "over" : "ok";
  }

  /* The units that two assignments, as lists of school ids, give to different schools. */
  function apart(one, other) {
    return one.map(function (_, u) { return u; }).filter(function (u) { return one[u] !== other[u]; });
  }

  function neighbours(board) {
    var lists = board.rows.map(function () { return []; });
    board.edges.forEach(function (edge) { lists[edge[0]].push(edge[1]); lists[edge[1]].push(edge[0]); });
    return lists;
  }

  /* Units that no way inside their zone joins to their school. */
  function cutOff(board, around, assignment) {
    var open = board.schools.map(function (school) { return school.row; });  // a school's own row is always in its zone
    var joined = assignment.map(function (_, r) { return open.indexOf(r) >= 0; });
    while (open.length) {
      var row = open.pop();
      around[row].forEach(function (next) {
        if (!joined[next] && assignment[next][0] === assignment[row][0]) { joined[next] = true; open.push(next); }
      });
    }
    return board.units.map(function (_, u) { return u; }).filter(function (u) { return !joined[board.units[u].row]; });
  }

  /* Everything the page says of an assignment. */
  function account(board, around, assignment) {
    var load = loads(board, assignment), children = 0, walked = 0, usual = 0, longest = 0, terms = {};
    board.units.forEach(function (unit) {
      var count = total(unit.pupils), doors = doorsOf(board, assignment, unit), walk = shared(board, doors, unit.walks);
      children += count;
      walked += count * walk;
      /* The ways of today's choice zones are in no assignment's cost: what they become counts by its difference. */
      if (unit.keeps) usual += count * shared(board, unit.stays || board.start[unit.row], unit.walks);
      if (count > 0) longest = Math.max(longest, Math.max.apply(null, doors.map(function (k) { return unit.walks[k]; })));
    });
    terms.walk = (walked - usual) / 1000;
    terms.moved = total(board.rows.map(function (row, r) { return shared(board, assignment[r], row.changed); }));
    terms.border = total(board.edges.map(function (edge) { return assignment[edge[0]][0] === assignment[edge[1]][0] ? 0 : edge[2]; }));
    terms.mix = gathered(board, assignment);
    terms.split = parted(board, assignment);
    board.hinges.forEach(function (hinge) {
      terms[hinge.term] = total(load.map(function (years, k) {
        return total(years.map(function (count, y) { return Math.max(0, hinge.sign * (count - hinge.at[k][y])); }));
      }));
    });
    var short = load.map(function (years, k) { return years.map(function (count, y) { return Math.max(0, count - board.schools[k].seats[y]); }); });
    return {
      load: load, short: short, terms: terms,
      cost: total(board.terms.map(function (term) { return term.weight * terms[term.term]; })),
      missingByYear: board.years.map(function (_, y) { return total(short.map(function (years) { return years[y]; })); }),
      missing: total(short.map(total)),
      mean: children ? walked / children : 0,
      longest: longest,
      cutUnits: cutOff(board, around, assignment)
    };
  }

  /* A value as text, whatever the order of its keys. */
  function plain(value) {
    return JSON.stringify(value, function (_, part) {
      return part && typeof part === "object" && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort()) : part;
    });
  }

  /* What is wrong with an assignment file, in words; or what is in it, on the board of its scenario. */
  function read(boards, text) {
    var file;
    try { file = JSON.parse(text); } catch (error) { return { faults: ["不是 JSON 文件；请选择本页或 zhaosheng 导出的 assignment.json"] }; }
    if (!file || typeof file !== "object" || Array.isArray(file)) return { faults: ["文件里没有方案；请选择本页或 zhaosheng 导出的 assignment.json"] };
    var faults = [], at = boards.findIndex(function (board) { return plain(board.scenario) === plain(file.scenario || null); });
    var board = boards[Math.max(at, 0)];
    function same(key, found, allowed, more) { if (found !== allowed) faults.push(key + "：文件是 " + String(found) + "，本页是 " + allowed + (more || "")); }
    same("版本", file.version, 2);
    same("区县", file.district, board.district.id, "（" + board.district.name + "）");
    same("政策", file.policy, board.policy);
    same("学段", file.stage, board.stage);
    if (at < 0) faults.push("情景「" + String(file.scenario.name || file.scenario) + "」不在本页；本页有：" + boards.map(function (one) { return one.name || "无情景"; }).join("、"));
    var strange = Object.keys(file).filter(function (key) { return KEYS.indexOf(key) < 0; });
    if (strange.length) faults.push("有不认识的项：" + strange.slice(0, 3).join("、") + "；只能有 " + KEYS.join("、"));
    if (!DAY.test(file.valid_from)) faults.push("施行日期是 " + String(file.valid_from) + "；写法：2026-09-01");
    if (faults.length) return { faults: faults };
    function named(items, words) {
      if (items.length) faults.push(items.length + " 个" + words + "：" + items.slice(0, 3).join("、") + (items.length > 3 ? " 等" : ""));
    }
    var given = file.schools && typeof file.schools === "object" && !Array.isArray(file.schools) ? file.schools : {};
    var locked = Array.isArray(file.locked) ? file.locked : [];
    var units = places(board.units), schools = places(board.schools);
    function has(unit) { return Object.prototype.hasOwnProperty.call(given, unit.id); }
    named(Object.keys(given).filter(function (id) { return !units.has(id); }), "小区不在本页");
    named(board.units.filter(function (unit) { return !has(unit); }).map(name), "小区没有学校");
    named(locked.filter(function (id) { return !units.has(id); }), "锁定的小区不在本页");
    var said = file.comments && typeof file.comments === "object" && !Array.isArray(file.comments) ? file.comments : {};
    named(Object.keys(said).filter(function (id) { return !units.has(id); }), "写有意见的小区不在本页");
    var there = board.units.filter(has), free = there.filter(function (unit) { return !unit.stays; });
    function doors(unit) { return unit.keeps && given[unit.id] === unit.keeps ? null : String(given[unit.id]).split("、"); }
    named(free.filter(function (unit) { return (doors(unit) || []).some(function (id) { return !schools.has(id); }); })
      .map(function (unit) { return unit.name + " → " + given[unit.id]; }), "小区的学校不在本页");
    named(there.filter(function (unit) { return unit.stays && given[unit.id] !== unit.keeps; }).map(name), "多校划片的小区改了学校");
    if (faults.length) return { faults: faults };
    function put(unit) { var ids = doors(unit); return ids ? ids.map(function (id) { return schools.get(id); }) : board.start[unit.row]; }
    var assignment = board.start.slice();
    free.forEach(function (unit) { assignment[unit.row] = put(unit); });
    named(free.filter(function (unit) { return String(assignment[unit.row]) !== String(put(unit)); }).map(name), "小区与同一片的小区分给了不同学校");
    named(free.filter(function (unit) {
      var row = board.rows[unit.row], same = String(assignment[unit.row]) === String(board.start[unit.row]);
      return !same && (row.firm || assignment[unit.row].some(function (k) { return !row.allowed[k]; }));
    }).map(function (unit) { return unit.name + " → " + assignment[unit.row].map(function (k) { return board.schools[k].name; }).join("、"); }), "小区划给了不能划给的学校");
    if (faults.length) return { faults: faults };
    var kept = new Set(locked.map(function (id) { return board.units[units.get(id)].row; }));
    return {
      faults: faults, scenario: at, assignment: assignment,
      locked: board.rows.map(function (row, r) { return !row.firm && kept.has(r); }),  // what is firm needs no lock
      valid_from: file.valid_from,
      note: typeof file.note === "string" ? file.note : "",
      comments: board.units.map(function (unit) { return typeof said[unit.id] === "string" ? said[unit.id] : ""; })
    };
  }
  function name(unit) { return unit.name; }
  function places(rows) { return new Map(rows.map(function (row, place) { return [row.id, place]; })); }

  /* The ids of a unit's schools; a choice zone as it is today keeps its own words, also those of a school that closes. */
  function ids(board, assignment, unit) {
    if (unit.keeps && (unit.stays || String(assignment[unit.row]) === String(board.start[unit.row]))) return unit.keeps.split("、");
    return assignment[unit.row].map(function (k) { return board.schools[k].id; });
  }

  /* The assignment file; keys in a fixed order, units by their order on the page. */
  function write(board, desk) {
    var assignment = {}, comments = {}, locked = new Set(board.locked);
    board.units.forEach(function (unit, u) {
      if (desk.comments[u]) comments[unit.id] = desk.comments[u];
      assignment[unit.id] = ids(board, desk.assignment, unit).join("、");
      if (desk.locked[unit.row]) locked.add(unit.id);
    });
    return JSON.stringify({
      version: 2, district: board.district.id, policy: board.policy, stage: board.stage, valid_from: desk.valid_from, schools: assignment,
      locked: Array.from(locked).sort(), scenario: board.scenario, note: desk.note, comments: comments
    }, null, 1) + "\n";
  }

  return { account: account, apart: apart, doorsOf: doorsOf, ids: ids, shared: shared, level: level, classSize: classSize, sizeLevel: sizeLevel, total: total, neighbours: neighbours, read: read, write: write };
})();
