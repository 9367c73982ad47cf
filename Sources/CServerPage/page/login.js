/** Answers who is logged in; asks where nobody is. */

import { get, post } from "./api.js";
import { h, show } from "./dom.js";
import { cli, trouble } from "./parts.js";

/** @param why a Problem that is told beside the question: a session ended under somebody's hands, say. */
export async function login(root, why) {
    const code = new URLSearchParams(location.hash.slice(1)).get("code");
    if (code) {
        // Out of the address before anything else: it is good once, but nobody should copy it.
        history.replaceState(null, "", location.pathname === "/login" ? "/runs" : location.pathname);
        try {
            return await post("session", { code });
        } catch (error) {
            return form(root, error);
        }
    }
    if (why) return form(root, why);
    try {
        return await get("me");
    } catch (error) {
        return form(root, error.status === 401 ? null : error);
    }
}

function form(root, error) {
    document.title = "Sign in · Arcadia";
    return new Promise((resolve) => {
        const token = h("input", { type: "password", id: "token", autocomplete: "off", spellcheck: "false", required: true, "data-testid": "token" });
        const problem = h("div", { "aria-live": "polite" }, error && trouble(error, error.status === 0 ? () => location.reload() : undefined));
        const submit = async (event) => {
            event.preventDefault();
            try {
                const me = await post("session", { token: token.value.trim() });
                if (location.pathname === "/login") history.replaceState(null, "", "/runs");
                resolve(me);
            } catch (refusal) {
                show(problem, trouble(refusal));
            }
        };
        root.replaceChildren(h("main", { class: "login" }, h("div", { class: "panel" },
            h("img", { src: "/page/icon.svg", alt: "" }),
            h("div", null, h("h1", null, "Arcadia"), h("p", { class: "muted" }, "Open the link that the server prints, or paste a token.")),
            cli("arcadia token mint --role operator --secret-file ./secret"),
            h("form", { class: "stack", onsubmit: submit }, h("div", { class: "field" }, h("label", { for: "token" }, "Token"), token), problem,
                h("button", { class: "solid", "data-testid": "sign-in" }, "Sign in")))));
        token.focus();
    });
}
