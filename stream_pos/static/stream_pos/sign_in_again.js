// For pages that stay open: each request takes the fresh token and names the page's person; when the session has
// ended, that person signs in here and the press is repeated.
"use strict";
(() => {
  const board = document.querySelector(".board");
  const dialog = document.getElementById("sign-in");
  if (!board || !dialog) return;
  const texts = board.dataset;
  const form = dialog.querySelector("form[action]");
  const problem = form.querySelector("[role=alert]");
  const live = document.getElementById("orders");
  let press = null; // What is repeated after the sign-in.

  const cookie = (name) =>
    (document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`)) || "").slice(name.length + 1);
  const show = (id, isShown) => {
    document.getElementById(id).hidden = !isShown;
  };

  document.body.addEventListener("htmx:configRequest", (event) => {
    const { headers, parameters, verb } = event.detail;
    headers["X-Opened-By"] = texts.person;
    // A token in the form, from before a new sign-in, would win over the one in the header.
    delete parameters.csrfmiddlewaretoken;
    if (verb !== "get") headers["X-CSRFToken"] = cookie("csrftoken");
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { elt, etc, requestConfig, target, xhr } = event.detail;
    show("other-person", xhr.status === 409);
    if (xhr.status !== 401 || elt === live) return;
    const { verb, path } = requestConfig;
    press = { verb, path, source: elt, target, swap: etc.swapOverride, values: etc.values };
    ask();
  });

  function ask() {
    problem.hidden = true;
    if (!dialog.open) dialog.showModal();
    form.elements.password.focus();
  }

  for (const link of document.querySelectorAll("[data-sign-in-again]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      ask();
    });
  }
  dialog.addEventListener("close", () => {
    press = null; // Closed without signing in: nothing is repeated later.
    form.elements.password.value = "";
  });

  function refuse(sentences) {
    problem.textContent = sentences.join(" ");
    problem.hidden = false;
    form.elements.password.select();
  }

  async function signIn() {
    if (!cookie("csrftoken")) await fetch(texts.signIn, { cache: "no-store" });
    return fetch(texts.signIn, {
      method: "POST",
      headers: { "X-CSRFToken": cookie("csrftoken"), "X-Sign-In-Place": "1" },
      body: new URLSearchParams(new FormData(form)),
    });
  }

  async function repeat({ verb, path, source, target, swap, values }) {
    const shown = document.getElementById(target.id) || target; // A poll may have renewed the card.
    await htmx.ajax(verb, path, { source, target: shown, swap, values });
    const question = shown.closest("dialog");
    if (verb === "get" && question && !question.open && shown.children.length) question.showModal();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button) button.disabled = true;
    try {
      const answer = await signIn();
      if (answer.status === 422) {
        refuse((await answer.json()).errors);
      } else if (!answer.ok) {
        refuse([texts.tryLater]);
      } else if ((await answer.json()).person !== texts.person) {
        window.location.reload(); // Another person's page, and nothing of this one's is done.
      } else {
        const wanted = press;
        dialog.close();
        show("signed-out", false);
        if (wanted) await repeat(wanted);
        htmx.trigger(live, "refresh");
      }
    } catch {
      refuse([texts.tryLater]);
    } finally {
      if (button) button.disabled = false;
    }
  });
})();
