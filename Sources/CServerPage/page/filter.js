/** One grammar for filters, in the address, in the box and in the API: `status:failed saga:trip since:2d some text`. */

import { debounced, h } from "./dom.js";
import { shape } from "./parts.js";

/** { status: ["failed"], saga: ["trip"], "": ["some", "text"] }; "quotes keep words together". */
export function parse(text, keys) {
    const found = { "": [] };
    for (const [whole, key, quoted, bare] of text.matchAll(/(?:(\w+):)?(?:"([^"]*)"|(\S+))/g)) {
        const value = quoted ?? bare ?? "";
        if (key && keys.includes(key)) (found[key] ??= []).push(...(quoted === undefined ? value.split(",") : [value]).filter(Boolean));
        else if (quoted !== undefined && !key) found[""].push(value);
        else found[""].push(whole);
    }
    return found;
}

/** The text with `key:value` switched on or off. */
export function toggled(text, key, value) {
    const word = `${key}:${/\s/.test(value) ? `"${value}"` : value}`;
    const others = text.split(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/).filter((part) => part && !part.startsWith(`${key}:`));
    return (text.includes(word) ? others : [...others, word]).join(" ");
}

/**
 * The box, and below it what is asked for most.
 * @param chips [[label, key, value]…]
 */
export function filterBar({ value, placeholder, chips = [], label, onChange }) {
    const change = debounced(250, onChange);
    return [
        h("div", { class: "filter", "data-key": "filter" }, shape("search"),
            h("input", { type: "search", "data-filter": true, "data-testid": "filter", "aria-label": label, placeholder, value, spellcheck: "false", autocomplete: "off",
                oninput: (event) => change(event.target.value) }), h("kbd", { "aria-hidden": "true" }, "/")),
        chips.length > 0 && h("div", { class: "chips", role: "group", "aria-label": "Common filters", "data-key": "chips" }, chips.map(([words, key, wanted]) => {
            const next = toggled(value, key, wanted);
            return h("button", { type: "button", class: "chip", "aria-pressed": String(next.length < value.length), onclick: () => onChange(next) }, words);
        })),
    ];
}
