/* How the planner's page writes: names reach it as text nodes only, never as markup. */
var zhaoshengWriting = (function () {
  "use strict";

  function element(tag, text, name) {
    var made = document.createElement(tag);
    if (text !== undefined && text !== null) made.textContent = text;
    if (name) made.className = name;
    return made;
  }
  function whole(number) { return Math.round(number).toLocaleString("zh-CN"); }
  function metres(number) { return whole(number) + " 米"; }

  return { element: element, whole: whole, metres: metres };
})();
