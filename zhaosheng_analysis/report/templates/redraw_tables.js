/* The tables of the planner's page: schools by year, and assignments side by side. They show accounts and decide nothing. */
var zhaoshengTables = function (seatsBox, compareBox, aloudBox, give) {
  "use strict";

  var sums = zhaoshengSums, element = zhaoshengWriting.element, whole = zhaoshengWriting.whole, metres = zhaoshengWriting.metres;

  /* ---- the table of schools: made once, then only its cells are filled, so that the focus stays where it is ---- */
  var board = null, rows = [], heads = [];
  function enter(next) {
    board = next;
    rows = [];
    heads = [];
    var table = element("table"), head = table.createTHead().insertRow(), body = table.createTBody();
    head.append(element("th", "学校"));
    board.years.forEach(function (year) {
      var title = element("th", year + " 年"), lacks = element("small");
      title.append(lacks);
      head.append(title);
      heads.push(lacks);
    });
    board.schools.forEach(function (school, k) {
      var row = body.insertRow(), title = element("th"), button = element("button"), swatch = element("span", k + 1, "swatch");
      swatch.style.background = board.tints[school.tint];
      button.type = "button";
      button.append(swatch, school.short);
      button.onclick = function () { give(k); };
      button.setAttribute("aria-label", "把所选小区划给" + school.name);
      title.append(button);
      row.append(title);
      var cells = board.years.map(function () {
        var cell = row.insertCell(), meter = element("div", null, "meter"), bar = element("i"), count = element("div", null, "count");
        meter.append(bar, element("b"));
        cell.append(meter, count);
        return { bar: bar, count: count };
      });
      rows.push({ cells: cells, button: button });
    });
    seatsBox.replaceChildren(table);
  }
  /* Fill the cells: children against seats, or children a class. */
  function fill(account, sizes) {
    heads.forEach(function (lacks, y) { lacks.textContent = sizes ? "" : "缺 " + whole(account.missingByYear[y]); });
    rows.forEach(function (row, k) {
      row.cells.forEach(function (cell, y) { (sizes ? fillSize : fillSeats)(account, cell, k, y); });
    });
  }
  function put(cell, share, tone, words, mark) {
    cell.bar.style.width = Math.min(100, share * 200 / 3) + "%";
    cell.bar.style.background = board.tones[tone].fill;
    cell.bar.style.color = board.tones[tone].ink;
    cell.bar.textContent = mark;
    cell.count.textContent = words;
  }
  function fillSeats(account, cell, k, y) {
    var children = account.load[k][y], seats = board.schools[k].seats[y], short = account.short[k][y];
    var level = sums.level(board, children, seats), marks = { red: short > 0.5 ? "缺" + whole(short) : "满", yellow: "近满", green: "" };
    put(cell, seats > 0 ? children / seats : children > 0 ? 1.5 : 0, level, whole(children) + " / " + whole(seats), marks[level]);
  }
  function fillSize(account, cell, k, y) {
    var size = sums.classSize(account.load[k][y], board.schools[k].classes), level = sums.sizeLevel(board, size);
    var marks = { ok: "", over: "超标准", oversized: "大班额", "super": size === null ? "无班" : "超大班" };
    put(cell, size === null ? 1.5 : size / (board.sizes.over - 1), level, size === null ? "—" : size + " 人 / 班", marks[level]);
  }
  /* Let the schools take what is selected; `walks` are the metres to each, null when nothing is selected. */
  function offer(walks) {
    rows.forEach(function (row, k) {
      row.button.disabled = !walks;
      row.button.title = board.schools[k].name + (walks ? "；从所选小区步行 " + metres(walks[k]) : "");
    });
  }

  /* ---- the comparison: every assignment by the same sums; bounds from the solver ---- */
  function compare(starts, mine, proved) {
    var table = element("table"), head = table.createTHead().insertRow(), body = table.createTBody();
    var today = starts[0], columns = [today, mine].concat(starts.slice(1));
    head.append(element("th", "各方案同一算法"));
    columns.forEach(function (column) { head.append(element("th", column.name, column === mine ? "mine" : "")); });
    function line(label, words, note) {
      var row = body.insertRow(), title = element("th", label);
      if (note) title.append(" ", element("small", note));
      row.append(title);
      columns.forEach(function (column) {
        var cell = row.insertCell(), said = words(column);
        cell.className = column === mine ? "mine" : "";
        cell.append(said[0]);
        if (said[1]) cell.append(" ", element("small", said[1]));
      });
    }
    function counted(label, value, note) {
      line(label, function (column) {
        var here = Math.round(value(column.account)), apart = here - Math.round(value(today.account));
        return [whole(here), apart ? (apart > 0 ? "+" : "−") + whole(Math.abs(apart)) : ""];
      }, note);
    }
    function part(words) {
      var row = body.insertRow(), title = element("th", words);
      row.className = "part";
      title.colSpan = columns.length + 1;
      row.append(title);
    }
    counted("缺学位合计", function (account) { return account.missing; }, "个");
    board.years.forEach(function (year, y) { counted("　" + year + " 年", function (account) { return account.missingByYear[y]; }); });
    counted("平均步行", function (account) { return account.mean; }, "米");
    counted("最远步行", function (account) { return account.longest; }, "米");
    line("与学校不相连", function (column) { return [column.account.cutUnits.length]; }, "小区");
    line("与现状不同", function (column) { return [sums.apart(column.schools, today.schools).length]; }, "小区");
    line("与当前方案不同", function (column) { return [sums.apart(column.schools, mine.schools).length]; }, "小区");
    if (starts.some(function (start) { return start.phases; })) {
      part("分步实施：受影响的学校要多少班（按标准班额，逐个年级算）");
      line("各年级一起改，当年转学", function (column) { return [column.phases ? whole(column.phases.moving) : "—"]; }, "在校生");
      board.years.forEach(function (year, y) {
        [["只新生", 1], ["各年级", 2]].forEach(function (way) {
          line("　" + year + " 年" + way[0], function (column) {
            if (!column.phases) return ["—"];
            var row = column.phases.classes[y], more = row[way[1]] - row[0];
            return [whole(row[way[1]]), more ? (more > 0 ? "+" : "−") + whole(Math.abs(more)) : ""];
          }, "班");
        });
      });
    }
    var grouped = starts.filter(function (start) { return start.groups; });
    if (grouped.length) {
      part("各类学生：变好 / 变差（今年的新生照规则录取；当前方案请用 zhaosheng redraw score 计算）");
      grouped[0].groups.forEach(function (group) {
        line(group[0] + "：" + group[1], function (column) {
          var same = (column.groups || []).find(function (one) { return one[0] === group[0] && one[1] === group[1]; });
          return [same ? whole(same[3]) + " / " + whole(same[4]) : "—"];
        }, whole(group[2]) + " 人");
      });
    }
    part("目标各项（总代价 = 各项 × 权重之和）");
    board.terms.forEach(function (term) {
      counted(term.label, function (account) { return account.terms[term.term]; }, term.unit + " × " + term.weight);
    });
    counted("总代价", function (account) { return account.cost; }, "按上列权重");
    if (proved) line("离最优不超过", function (column) { return [typeof column.gap !== "number" ? "—" : (100 * column.gap).toFixed(2) + "%"]; }, "按方案自己的权重，已证明");
    compareBox.replaceChildren(table);
  }

  /* ---- the moves as sentences to be read aloud ---- */
  function aloud(moves) {
    var years = board.years, span = years[0] + (years.length > 1 ? " 至 " + years[years.length - 1] : "") + " 年";
    function way(far) { return far >= 1000 ? (far / 1000).toFixed(1) + " 千米" : whole(far) + " 米"; }
    if (!moves.length) { aloudBox.replaceChildren(element("p", "没有小区改变学校。")); return; }
    var list = element("ol");
    moves.forEach(function (move) {
      var words = move.name + "：" + (move.from ? "原来上" + move.from : "原来没有学区") + "，今后上" + move.to + "；" +
        span + "入学的新生约 " + whole(move.children) + " 人" + (move.from ? "；步行由 " + way(move.before) + "变为 " + way(move.after) : "") + "。";
      var item = element("li", words);
      if (move.said) item.append(element("em", "意见：" + move.said));
      list.append(item);
    });
    aloudBox.replaceChildren(element("p", "共 " + moves.length + " 个小区，孩子多的在前；没有念到的小区和村，学校不变。人数是内部数，公开宣读用听证材料中的一份。"), list);
  }

  return { enter: enter, fill: fill, offer: offer, compare: compare, aloud: aloud };
};
