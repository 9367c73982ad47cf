/** JSON with its parts told apart, in the page and in the editor. */

import { h } from "./dom.js";

const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([{}[\],])/g;

/** [[from, to, class]…]: where what stands in the text. */
export function tokens(text) {
    const found = [];
    for (const match of text.matchAll(token)) {
        const [whole, string, colon, keyword, number] = match;
        const kind = colon ? "j-key" : string ? "j-string" : keyword ? "j-word" : number ? "j-number" : "j-mark";
        const length = colon ? string.length : whole.length;
        found.push([match.index, match.index + length, kind]);
        if (kind !== "j-string") continue;
        for (const inner of string.matchAll(/\$\{.*?\}/g)) {
            found.push([match.index + inner.index, match.index + inner.index + inner[0].length, "j-expr"]);
        }
    }
    return found;
}

export function pretty(value) {
    return JSON.stringify(value, null, 2) ?? "null";
}

export function json(value, label) {
    const text = pretty(value);
    return h("pre", { class: "json", tabindex: 0, role: label ? "region" : undefined, "aria-label": label }, coloured(text, tokens(text)));
}

/** Text with marks; a later mark lies over an earlier one. */
export function coloured(text, marks) {
    const edges = [...new Set([0, text.length, ...marks.flatMap(([from, to]) => [from, to])])].sort((a, b) => a - b);
    const opening = new Map();
    for (const mark of marks) opening.set(mark[0], [...(opening.get(mark[0]) ?? []), mark]);
    const parts = [];
    let open = [];
    for (let index = 0; index + 1 < edges.length; index++) {
        const at = edges[index];
        open = [...open.filter(([, to]) => to > at), ...(opening.get(at) ?? [])];
        const part = text.slice(at, edges[index + 1]);
        parts.push(open.length ? h("span", { class: open.map(([, , kind]) => kind).join(" ") }, part) : part);
    }
    return parts;
}
