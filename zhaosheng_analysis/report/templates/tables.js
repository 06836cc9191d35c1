/* Tables of a report: a click on a heading sorts (up, down, as printed), a word above a long table filters its rows. */
(function () {
  "use strict";

  var LONG = 12;
  var SIGNS = { ascending: " ↑", descending: " ↓", none: "" };

  function value(row, column) {
    var text = row.cells[column].textContent.trim();
    var number = /-?\d[\d,]*(\.\d+)?/.exec(text.replace(/[−–]/g, "-"));
    return { text: text, number: number ? parseFloat(number[0].replace(/,/g, "")) : NaN };
  }
  function numeric(rows, column, heading) {
    if (heading.classList.contains("number")) return true;
    var said = rows.map(function (row) { return value(row, column); }).filter(function (it) { return it.text !== "—" && it.text !== ""; });
    return said.length > 0 && said.every(function (it) { return /^\D{0,3}-?\d[\d,.]*\s*%?$/.test(it.text); });
  }
  // What is not there stays at the end, whichever way a column is sorted.
  function before(one, other, as_numbers, sign) {
    if (as_numbers) {
      if (isNaN(one.number) || isNaN(other.number)) return isNaN(one.number) - isNaN(other.number);
      return sign * (one.number - other.number);
    }
    return sign * one.text.localeCompare(other.text, "zh-CN");
  }
  function sortable(table, rows) {
    var body = table.tBodies[0], headings = Array.prototype.slice.call(table.tHead.rows[0].cells);
    headings.forEach(function (heading, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.title = "点一下从小到大，再点从大到小，第三下恢复原来的顺序";
      var sign = document.createElement("span");
      sign.setAttribute("aria-hidden", "true");
      button.append.apply(button, Array.prototype.slice.call(heading.childNodes));
      button.append(sign);
      heading.append(button);
      heading.setAttribute("aria-sort", "none");
      button.addEventListener("click", function () {
        var next = { none: "ascending", ascending: "descending", descending: "none" }[heading.getAttribute("aria-sort")];
        headings.forEach(function (each) {
          each.setAttribute("aria-sort", each === heading ? next : "none");
          each.querySelector("button > span:last-child").textContent = each === heading ? SIGNS[next] : "";
        });
        var order = rows.slice(), as_numbers = numeric(rows, column, heading), way = next === "descending" ? -1 : 1;
        if (next !== "none") order.sort(function (a, b) { return before(value(a, column), value(b, column), as_numbers, way); });
        order.forEach(function (row) { body.append(row); });
      });
    });
  }
  function filterable(table, rows) {
    var line = document.createElement("p"), label = document.createElement("label");
    var words = document.createElement("input"), shown = document.createElement("span");
    line.className = "filter";
    words.type = "search";
    shown.setAttribute("role", "status");
    label.append("只看含有 ", words, " 的行");
    line.append(label, " ", shown);
    table.parentNode.before(line);
    words.addEventListener("input", function () {
      var wanted = words.value.trim().toLowerCase(), left = 0;
      rows.forEach(function (row) {
        row.hidden = row.textContent.toLowerCase().indexOf(wanted) < 0;
        left += row.hidden ? 0 : 1;
      });
      shown.textContent = wanted ? left + " / " + rows.length + " 行" : "";
    });
    // A link may lead to a row that the filter hides.
    window.addEventListener("hashchange", function () {
      var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (!target || !table.contains(target) || !target.closest("tr").hidden) return;
      words.value = "";
      words.dispatchEvent(new Event("input"));
      target.scrollIntoView();
    });
  }
  document.querySelectorAll("table.data").forEach(function (table) {
    var rows = Array.prototype.slice.call(table.tBodies[0].rows);
    if (rows.length < 2) return;
    sortable(table, rows);
    if (rows.length > LONG) filterable(table, rows);
  });
})();
