// The button that keeps what is chosen as its reader's own board, on the server. Strangers have none.

import { queryOf } from "./choice.js";

/** Lets the button keep `choice`; where that is kept already, it offers to forget it. */
export function offerToKeep(choice) {
  const form = document.getElementById("own-board");
  if (!form) return;
  const [keep, forget] = form.querySelectorAll("button");
  form.elements.query.value = queryOf(choice);
  forget.hidden = queryOf(choice) !== form.dataset.own;
  keep.hidden = !forget.hidden;
}
