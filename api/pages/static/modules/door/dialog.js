// One dialog that changes its view: sign in, sign up, a code, the account.

import { element, unseen } from "../element.js";
import { icon } from "../icon.js";

/** An open dialog. show(heading, ...children): another view, its first field or button in focus. */
export function openDialog({ onclose } = {}) {
  const heading = element("h2", { id: "door-title", tabindex: "-1" });
  const body = element("div", { class: "sign-in-body" });
  const dialog = element(
    "dialog",
    {
      class: "sign-in",
      "aria-labelledby": "door-title",
      onclose: () => {
        dialog.remove();
        onclose?.();
      },
    },
    element(
      "div",
      { class: "sign-in-head" },
      heading,
      element("button", { type: "button", onclick: close }, icon("close"), unseen("Close")),
    ),
    body,
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) close(); // the backdrop
  });
  document.body.append(dialog);
  dialog.showModal();

  function close() {
    dialog.close();
  }

  function show(title, ...children) {
    heading.textContent = title;
    body.replaceChildren(...children.flat(Infinity).filter(Boolean));
    const first = body.querySelector("[data-first], input, textarea") ?? heading;
    first.focus();
  }

  return { element: dialog, show, close };
}
