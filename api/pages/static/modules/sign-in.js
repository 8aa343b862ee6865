// The sign-in dialog: by e-mail and password, or with one click as a demo reader.

import { ask } from "./api.js";
import { element, unseen } from "./element.js";
import { icon } from "./icon.js";
import { inWords } from "./notice.js";
import { session } from "./session.js";
import { speak } from "./speech.js";

export async function openSignIn() {
  const refused = element("p", { class: "refused", role: "alert" });
  const tickets = element("div", {});
  const enter = async (email, password) => {
    refused.textContent = "";
    try {
      await session.signIn(email, password);
      dialog.close();
      speak(`Welcome, ${session.reader.display_name}`);
    } catch (error) {
      refused.textContent = inWords(error);
    }
  };
  const dialog = element(
    "dialog",
    { class: "sign-in", "aria-labelledby": "sign-in-title", onclose: () => dialog.remove() },
    element(
      "div",
      { class: "sign-in-head" },
      element("h2", { id: "sign-in-title" }, "Sign in"),
      element("button", { type: "button", onclick: () => dialog.close() }, icon("close"), unseen("Close")),
    ),
    element("div", { class: "sign-in-body" }, tickets, byHand(enter), refused),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop
  });
  document.body.append(dialog);
  dialog.showModal();
  const accounts = await demoAccounts();
  if (!accounts.length) return;
  tickets.replaceChildren(...demoReaders(accounts, enter));
  const untouched = dialog.querySelector(".sign-in-head button") === document.activeElement;
  if (untouched) tickets.querySelector("button").focus();
}

/** Empty where the shop runs for real. */
async function demoAccounts() {
  try {
    return (await ask("/demo/accounts")).accounts;
  } catch {
    return [];
  }
}

function demoReaders(accounts, enter) {
  const ticket = ({ email, password, display_name: name, role, tastes }) =>
    element(
      "li",
      {},
      element(
        "button",
        { class: "ticket", type: "button", onclick: () => enter(email, password) },
        element("strong", {}, name),
        element("span", {}, tastes?.length ? `reads ${tastes.join(", ")}` : role),
      ),
    );
  return [
    element("p", {}, "This is a demonstration: borrow a reader’s ticket."),
    element("ul", { class: "tickets", "aria-label": "Demo readers" }, accounts.map(ticket)),
  ];
}

function byHand(enter) {
  const email = element("input", { type: "email", name: "email", autocomplete: "username", required: true });
  const password = element("input", { type: "password", name: "password", autocomplete: "current-password", required: true });
  return element(
    "form",
    {
      class: "by-hand",
      onsubmit: (event) => {
        event.preventDefault();
        enter(email.value, password.value);
      },
    },
    element("label", {}, "E-mail", email),
    element("label", {}, "Password", password),
    element("button", { class: "button strong", type: "submit" }, "Sign in"),
  );
}
