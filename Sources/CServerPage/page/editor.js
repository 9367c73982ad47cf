/** A text field that shows JSON's parts and underlines mistakes where they stand. */

import { h, show } from "./dom.js";
import { coloured, tokens } from "./json.js";

export class Editor {
    constructor(text, { label, changed }) {
        this.findings = [];
        this.changed = changed;
        this.gutter = h("div", { class: "gutter", "aria-hidden": "true" });
        this.paper = h("pre", { "aria-hidden": "true" });
        this.field = h("textarea", { value: text, spellcheck: "false", autocomplete: "off", autocapitalize: "off", wrap: "off", "aria-label": label, "aria-describedby": "findings", "data-testid": "editor",
            oninput: () => this.typed(), onscroll: () => this.scrolled(), onkeydown: (event) => this.pressed(event) });
        this.element = h("div", { class: "editor", "data-own": true }, this.gutter, h("div", { class: "paper" }, this.paper, this.field));
        this.paint();
    }

    get text() {
        return this.field.value;
    }

    set text(text) {
        this.field.value = text;
        this.typed();
    }

    typed() {
        this.findings = [];
        this.paint();
        this.changed();
    }

    scrolled() {
        this.paper.scrollTop = this.field.scrollTop;
        this.paper.scrollLeft = this.field.scrollLeft;
        this.gutter.scrollTop = this.field.scrollTop;
    }

    /** Tab indents while it is wanted; Esc first lets Tab leave, for those without a mouse. */
    pressed(event) {
        if (event.key === "Escape") this.isLeaving = true;
        else if (event.key === "Tab" && !event.shiftKey && !this.isLeaving) {
            event.preventDefault();
            this.field.setRangeText("  ", this.field.selectionStart, this.field.selectionEnd, "end");
            this.typed();
        } else if (event.key !== "Tab") this.isLeaving = false;
    }

    mark(findings) {
        this.findings = findings;
        this.paint();
    }

    paint() {
        const { text } = this;
        const marks = this.findings.filter((finding) => finding.line).map((finding) => {
            const from = this.offset(finding);
            return [from, Math.max(from + 1, this.end(from)), `squiggle ${finding.isWarning ? "warning" : ""}`];
        });
        show(this.paper, coloured(text + "\n", [...tokens(text), ...marks]));
        const bad = new Map(this.findings.toReversed().sort((a, b) => b.isWarning - a.isWarning).map((finding) => [finding.line, finding.isWarning]));
        show(this.gutter, text.split("\n").map((_, index) => [bad.has(index + 1) ? h("b", { class: bad.get(index + 1) && "warning" }, `! ${index + 1}`) : String(index + 1), "\n"]));
        this.scrolled();
    }

    offset({ line, column }) {
        const lines = this.text.split("\n");
        return Math.min(this.text.length, lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length);
    }

    /** To the end of what begins there: a string, a number, a bracket. */
    end(from) {
        const token = tokens(this.text).find(([at]) => at === from);
        if (token) return token[1];
        const word = /^[^\s,\]}]+/.exec(this.text.slice(from));
        return from + (word?.[0].length ?? 1);
    }

    goTo(finding) {
        const from = this.offset(finding);
        this.field.focus();
        this.field.setSelectionRange(from, this.end(from));
        this.field.scrollTop = Math.max(0, (finding.line - 6) * 20);
    }
}
