// The link of an invitation ends in #token, which browsers tell no server.
"use strict";

const token = location.hash.slice(1);
if (token) {
  document.querySelector("[name=token]").value = token;
  history.replaceState(null, "", location.pathname);
}
