/** Every decision is asked for in the same way: what happens, why, and the same on a terminal. */

import { h, show } from "./dom.js";
import { shell } from "./format.js";
import { cli, shape, sentence, ticked, toast, trouble } from "./parts.js";

/**
 * @param question title, words, confirm (the button's words), danger, body (an element), wide, command(reason) → CLI line,
 *   preview() → promise of an element, act(reason) → promise, done (a sentence), noReason.
 * @returns what `act` answered; undefined where it was called off.
 */
export function ask(question) {
    return new Promise((resolve) => {
        const reason = h("textarea", { rows: 2, id: "reason", required: true, maxlength: 500, "data-testid": "reason", oninput: draw, onkeydown: entered });
        const line = h("div");
        const error = h("div", { "aria-live": "assertive" });
        const confirm = h("button", { type: "submit", class: `solid ${question.danger ? "danger" : ""}`, "data-testid": "confirm" }, question.confirm);
        const preview = h("div", { "data-testid": "preview" });
        const dialog = h("dialog", { class: question.wide ? "wide" : "", "aria-labelledby": "question", "data-testid": "dialog" },
            h("form", { method: "dialog", onsubmit: submit },
                h("header", null, h("h2", { id: "question" }, question.title)),
                h("div", { class: "inside" }, question.words && h("p", { class: "muted" }, ticked(question.words)), question.body, preview,
                    !question.noReason && h("div", { class: "field" }, h("label", { for: "reason" }, "Why? ", h("span", { class: "muted" }, "Kept with it and in the audit.")), reason),
                    error, question.command && h("div", { class: "field" }, h("span", { class: "tiny muted" }, "The same on a terminal"), line)),
                h("footer", null, h("button", { type: "button", onclick: () => dialog.close() }, "Leave it"), confirm)));
        let answer;

        /** A reason is a sentence: Enter ends it, with Shift it goes on in a new line. */
        function entered(event) {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            event.target.form.requestSubmit(confirm);
        }

        function draw() {
            if (question.command) show(line, cli(question.command(reason.value.trim() || "WHY")));
        }

        async function submit(event) {
            event.preventDefault();
            if (!question.noReason && !reason.value.trim()) return reason.focus();
            confirm.disabled = true;
            try {
                answer = (await question.act(reason.value.trim())) ?? true;
                dialog.close();
                if (question.done) toast(question.done);
            } catch (problem) {
                show(error, trouble(problem));
            } finally {
                confirm.disabled = false;
            }
        }

        dialog.addEventListener("close", () => {
            dialog.remove();
            resolve(answer);
        });
        document.body.append(dialog);
        draw();
        dialog.showModal();
        (question.focus ?? (question.noReason ? confirm : reason)).focus();
        dialog.redraw = draw;
        question.redraw?.(draw);
        if (question.preview) fillPreview(preview, question, confirm);
    });
}

async function fillPreview(root, question, confirm) {
    show(root, h("p", { class: "muted small" }, "Looking at what would happen …"));
    try {
        show(root, await question.preview());
    } catch (problem) {
        show(root, trouble(problem, () => fillPreview(root, question, confirm)));
    }
}

/** Something to look at, nothing to decide. */
export function tell(title, ...content) {
    const dialog = h("dialog", { class: "wide", "aria-labelledby": "told", onclose: () => dialog.remove() },
        h("form", { method: "dialog" }, h("header", null, h("h2", { id: "told" }, title)), h("div", { class: "inside" }, content),
            h("footer", null, h("button", null, "Close"))));
    document.body.append(dialog);
    dialog.showModal();
    return dialog;
}

/** What would be done, line by line. */
export function previewList(items, label) {
    return h("ol", { class: "preview", "aria-label": label, tabindex: 0 }, items.map(({ mark, tone, title, words }) =>
        h("li", null, h("span", { class: `s-${tone}` }, shape(mark)), h("span", null, h("strong", null, title), words && h("div", { class: "muted" }, sentence(words))))));
}

/** The same thing to many, one after another, told as it goes; it can be stopped. */
export async function forEach(items, name, body) {
    let isStopped = false;
    const bar = h("progress", { max: items.length, value: 0 });
    const problems = h("div", { class: "stack tight" });
    const words = h("p", null, "");
    const dialog = tell(name, words, bar, problems);
    dialog.addEventListener("close", () => (isStopped = true));
    let done = 0;
    let failed = 0;
    for (const item of items) {
        if (isStopped) break;
        try {
            await body(item);
        } catch (problem) {
            failed += 1;
            problems.append(trouble(problem));
        }
        done += 1;
        bar.setAttribute("value", done);
        words.textContent = `${done - failed} of ${items.length} done${failed ? `, ${failed} not` : ""}`;
    }
    if (failed === 0) dialog.close();
    toast(isStopped && done < items.length ? `Stopped after ${done} of ${items.length}.` : `${done - failed} of ${items.length} done.`);
}

/** Fields for a JSON Schema's properties, and what was typed into them. */
export function inputsForm(schema, values, changed) {
    const properties = Object.entries(schema?.properties ?? {});
    const fields = properties.map(([name, part]) => new InputField(name, part ?? {}, values?.[name], (schema.required ?? []).includes(name), changed));
    const extra = properties.length === 0 ? new InputField("", { type: "object", title: "inputs" }, values ?? {}, false, changed) : null;
    const element = h("div", { class: "stack tight", "data-testid": "inputs" },
        properties.length === 0 && values === undefined ? h("p", { class: "muted small" }, "This definition takes no inputs.") : (extra ? [extra] : fields).map((field) => field.element));
    return {
        element,
        isEmpty: properties.length === 0,
        /** @throws a sentence, where what was typed is not what is expected. */
        read() {
            if (properties.length === 0) return values === undefined ? {} : extra.read();
            const read = {};
            for (const field of fields) {
                const value = field.read();
                if (value !== undefined) read[field.name] = value;
            }
            return read;
        },
        words: () => fields.map((field) => [field.name, field.control.value]).filter(([name, value]) => value !== "" && value !== fields.find((field) => field.name === name).initial)
            .map(([name, value]) => ` --input ${shell(`${name}=${value}`)}`).join(""),
    };
}

class InputField {
    constructor(name, schema, value, isRequired, changed) {
        this.name = name;
        this.schema = schema;
        const type = [schema.type].flat()[0];
        this.isText = type === "string" && !schema.enum;
        const id = `input-${name}`;
        const shown = value ?? schema.default;
        const text = shown === undefined ? "" : this.isText && typeof shown === "string" ? shown : JSON.stringify(shown);
        const options = schema.enum ?? (type === "boolean" ? [true, false] : null);
        const common = { id, "data-testid": id, oninput: changed, required: isRequired };
        if (options) {
            this.control = h("select", common, !isRequired && h("option", { value: "" }, "as the definition says"),
                options.map((option) => h("option", { value: JSON.stringify(option), selected: JSON.stringify(option) === text }, String(option))));
        } else if (["object", "array"].includes(type) || type === undefined) {
            this.control = h("textarea", { ...common, rows: Math.min(8, Math.max(1, text.split("\n").length)), class: "mono", value: text });
        } else {
            this.control = h("input", { ...common, type: "text", value: text, inputmode: type === "integer" || type === "number" ? "decimal" : undefined });
        }
        this.initial = this.control.value;
        this.element = h("div", { class: "field" }, h("label", { for: id }, name || "Inputs", " ", h("span", { class: "muted" }, [type, isRequired ? "needed" : null, schema.description].filter(Boolean).join(" · "))), this.control);
    }

    read() {
        const text = this.control.value;
        if (text === "") return undefined;
        if (this.isText) return text;
        try {
            return JSON.parse(text);
        } catch {
            if (this.schema.type === undefined || [this.schema.type].flat().includes("string")) return text;
            this.control.focus();
            throw new Error(`"${this.name}" is not JSON; expected ${this.schema.type}`);
        }
    }
}
