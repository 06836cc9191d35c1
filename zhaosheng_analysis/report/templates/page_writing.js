/* What our maps have in common: names reach a page as text nodes only, never as markup; streets look alike. */
var zhaoshengWriting = (function () {
  "use strict";

  var STREETS = {
    street: { color: "#8d877a", weight: 1 },
    railway: { color: "#4f4f4a", weight: 1.6, dashArray: "7 4" },
    river: { color: "#5b9bd0", weight: 4 },
    wall: { color: "#8d6e4a", weight: 2, dashArray: "2 3" },
    bridge: { color: "#4f4f4a", weight: 3 }
  };

  function element(tag, text, name) {
    var made = document.createElement(tag);
    if (text !== undefined && text !== null) made.textContent = text;
    if (name) made.className = name;
    return made;
  }
  function whole(number) { return Math.round(number).toLocaleString("zh-CN"); }
  function metres(number) { return whole(number) + " 米"; }

  return { element: element, whole: whole, metres: metres, streets: STREETS };
})();
