/* Asks what is doubtful, one card each, and hands the answers out as the decisions.csv that ingest reads. */
(function () {
  "use strict";

  var element = zhaoshengWriting.element;
  var board = JSON.parse(document.getElementById("board").textContent);
  var list = document.getElementById("list"), by = document.getElementById("by"), on = document.getElementById("on");
  var open = board.lines.filter(function (line) { return !line.is; });

  function choice(card, name, value, text) {
    var label = element("label"), radio = element("input");
    radio.type = "radio"; radio.name = name; radio.value = value;
    label.appendChild(radio);
    label.appendChild(document.createTextNode(" " + text));
    card.appendChild(label);
    return radio;
  }

  function ask(line, at) {
    var item = element("li"), card = element("fieldset"), name = "q" + at;
    card.appendChild(element("legend", board.kinds[line.kind] + "「" + line.said + "」"));
    if (line.rows) card.appendChild(element("p", line.rows, "where"));
    (line.hint ? line.hint.split("；") : []).forEach(function (hint) { choice(card, name, hint.split(" ")[0], hint); });
    choice(card, name, board.nobody, "无（不属于本区县）");
    var other = choice(card, name, "", "别的编号"), own = element("input");
    own.setAttribute("aria-label", "别的编号");
    own.addEventListener("input", function () { other.value = own.value.trim(); other.checked = true; answer(); });
    card.appendChild(own);
    card.addEventListener("change", answer);
    function answer() {
      var chosen = card.querySelector("input:checked");
      line.answer = chosen ? chosen.value : "";
      item.className = line.answer ? "done" : "";
      tell();
    }
    item.appendChild(card);
    list.appendChild(item);
  }

  function tell() {
    var left = open.filter(function (line) { return !line.answer; }).length;
    document.getElementById("left").textContent = "还有 " + left + " 处待定，共 " + open.length + " 处";
  }

  function cell(text) {
    text = String(text || "");
    if (/^'*[=+\-@\t\r\n＝＋－＠]/.test(text)) text = "'" + text;  // no spreadsheet may run it; ingest takes the mark off again
    return '"' + text.replace(/"/g, '""') + '"';
  }

  function csv() {
    var rows = [board.columns.map(function (column) { return column[1]; })];
    board.lines.forEach(function (line) {
      var told = line.answer ? { is: line.answer, by: by.value.trim(), on: on.value } : {};
      rows.push(board.columns.map(function (column) { return told[column[0]] || line[column[0]]; }));
    });
    return "\ufeff" + rows.map(function (row) { return row.map(cell).join(","); }).join("\n") + "\n";
  }

  document.getElementById("save").addEventListener("click", function () {
    if (!document.getElementById("form").reportValidity()) return;
    var link = element("a");
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
    link.download = board.file;
    link.click();
    URL.revokeObjectURL(link.href);
  });

  open.forEach(ask);
  tell();
})();
