/* The numbers of one school beside the sentences about it, on a screen wide enough; the map of the page holds them. */
(function () {
  "use strict";

  var COLUMNS = ["demand_n", "interval80", "seats_n", "missing_seats_n", "probability"];
  var element = zhaoshengWriting.element;
  var maps = document.querySelector(".zs-map script[type='application/json']");
  var text = document.querySelector(".decisions");
  if (!maps || !text) return;
  var data = JSON.parse(maps.textContent);
  var columns = data.numbers.map(function (number, at) { return { key: number[0], label: number[1].replace("（人）", ""), at: at }; })
    .filter(function (column) { return COLUMNS.indexOf(column.key) >= 0; });
  var beside = element("aside", null, "beside");
  beside.setAttribute("aria-live", "polite");
  beside.setAttribute("aria-label", "所选学校逐年的数字");

  function stage(school) { return data.stages.find(function (entry) { return entry[0] === school.stage; })[1]; }
  function spoken(school) { return school.name + "（" + stage(school) + "）"; }
  function table(school) {
    var made = element("table"), head = made.createTHead().insertRow(), body = made.createTBody();
    [{ label: "年份" }].concat(columns).forEach(function (column) { head.append(element("th", column.label)); });
    data.years.forEach(function (year) {
      var row = body.insertRow(), entry = school.years[String(year)];
      row.append(element("th", year));
      columns.forEach(function (column) { row.append(element("td", entry ? entry.numbers[column.at] : "—")); });
    });
    return made;
  }
  var named = [];
  text.querySelectorAll("li > strong:first-child").forEach(function (words) {
    var school = data.schools.find(function (each) { return words.textContent.indexOf(spoken(each)) === 0; });
    if (!school) return;
    var button = element("button", spoken(school));
    button.type = "button";
    button.title = "看它逐年的数字";
    button.addEventListener("click", function () { show(button, school); });
    words.replaceChildren(button, words.textContent.slice(button.textContent.length));
    named.push([button, school]);
  });
  if (!named.length) return;
  function show(button, school) {
    named.forEach(function (entry) { entry[0].setAttribute("aria-pressed", String(entry[0] === button)); });
    beside.replaceChildren(element("h3", spoken(school)), table(school), element("p", "点学校名，看另一所。", "note"));
  }
  text.append(beside);
  show(named[0][0], named[0][1]);
})();
