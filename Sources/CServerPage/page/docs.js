/** openapi.json as a page to read. */

import { h } from "./dom.js";
import { json } from "./json.js";
import { ticked, trouble } from "./parts.js";

let document_;

function resolve(part) {
    if (!part?.$ref) return part;
    return part.$ref.slice(2).split("/").reduce((found, key) => found[key], document_);
}

/** Paragraphs, `code` and **strong**: all that the descriptions use. */
function prose(text) {
    return h("div", { class: "prose" }, (text ?? "").split("\n\n").map((part) => h("p", null, part.split(/\*\*(.+?)\*\*/).map((piece, index) => (index % 2 ? h("strong", null, piece) : ticked(piece))))));
}

/** A schema in a few words, with links to those that have names. */
function type(schema) {
    if (!schema) return "anything";
    if (schema.$ref) {
        const name = schema.$ref.split("/").pop();
        return h("a", { href: `#schema-${name}` }, name);
    }
    if (schema.oneOf) return schema.oneOf.flatMap((one, index) => [index ? " or " : "", type(one)]);
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.type === "array") return ["list of ", type(schema.items)];
    if (schema.enum) return schema.enum.map((one) => (one === null ? "null" : String(one))).join(" | ");
    const bounds = [schema.minimum !== undefined && `from ${schema.minimum}`, schema.maximum !== undefined && `to ${schema.maximum}`, schema.maxLength && `up to ${schema.maxLength} characters`, schema.format === "date-time" && "a time", schema.default !== undefined && `else ${JSON.stringify(schema.default)}`].filter(Boolean).join(", ");
    return [[schema.type ?? "anything"].flat().join(" or "), bounds && h("span", { class: "muted" }, `, ${bounds}`)];
}

function properties(schema) {
    const found = resolve(schema);
    if (found.oneOf && found.oneOf.some((one) => one.properties)) return found.oneOf.map((one, index) => [index > 0 && h("p", { class: "muted small" }, "or"), properties(one)]);
    const all = Object.entries(found.properties ?? {});
    if (!all.length) return h("p", { class: "small" }, type(found));
    return table(["Field", "Type", "Meaning"], all.map(([name, part]) => [h("span", { class: "mono" }, name, !(found.required ?? []).includes(name) && h("span", { class: "muted" }, "?")), type(part), prose(part.description ?? "")]));
}

function table(heads, rows) {
    return h("div", { class: "panel scroll" }, h("table", null, h("thead", null, h("tr", null, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", null, rows.map((cells) => h("tr", null, cells.map((cell) => h("td", null, cell)))))));
}

function operation(path, method, item) {
    const parameters = (item.parameters ?? []).map(resolve).filter((parameter) => !["X-CSRF-Token", "If-None-Match"].includes(parameter.name));
    const body = item.requestBody?.content["application/json"].schema;
    const responses = Object.entries(item.responses).map(([code, response]) => [code, resolve(response)]);
    const example = body && resolve(body).examples?.[0];
    return h("section", { id: item.operationId },
        h("h2", null, h("span", { class: `method m-${method}` }, method.toUpperCase()), " ", h("code", null, path)),
        h("p", { class: "strong" }, item.summary), prose(item.description),
        parameters.length > 0 && table(["Parameter", "Type", "Meaning"], parameters.map((parameter) => [h("span", null, h("code", null, parameter.name), " ", h("span", { class: "muted tiny" }, parameter.in)), type(parameter.schema), prose(parameter.description)])),
        body && [h("h3", null, "Body ", body.$ref && type(body)), properties(body), example && json(example, `Example body of ${item.operationId}`)],
        h("h3", null, "Answers"), table(["Status", "Content", "Meaning"], responses.map(([code, response]) => {
            const content = Object.entries(response.content ?? {})[0];
            return [h("code", null, code), content ? (content[0] === "application/json" ? type(content[1].schema) : content[0]) : "–", prose(response.description)];
        })));
}

function page() {
    const operations = Object.entries(document_.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, item]) => [path, method, item]));
    const of = (tag) => operations.filter(([, , item]) => item.tags.includes(tag));
    const schemas = Object.entries(document_.components.schemas);
    return [
        h("nav", { "aria-label": "Contents" }, h("a", { class: "brand", href: "/runs" }, h("img", { src: "/page/icon.svg", alt: "" }), "Arcadia"),
            document_.tags.map((tag) => h("div", null, h("h3", null, tag.name), h("ul", null, of(tag.name).map(([path, method, item]) => h("li", null, h("a", { href: `#${item.operationId}` }, h("span", { class: `method m-${method}` }, method.toUpperCase()), path.replace("/api/v1", ""))))))),
            h("div", null, h("h3", null, "schemas"), h("ul", null, schemas.map(([name]) => h("li", null, h("a", { href: `#schema-${name}` }, name)))))),
        h("main", null, h("section", null, h("h1", null, `${document_.info.title} API `, h("span", { class: "muted" }, document_.info.version)), prose(document_.info.description), h("p", null, h("a", { href: "/api/openapi.json" }, "openapi.json"))),
            document_.tags.map((tag) => [h("section", null, h("h1", null, tag.description)), of(tag.name).map((parts) => operation(...parts))]),
            h("section", null, h("h1", null, "Schemas")), schemas.map(([name, schema]) => h("section", { id: `schema-${name}` }, h("h2", { class: "mono" }, name), schema.description && prose(schema.description), properties(schema), schema.examples && json(schema.examples[0], `Example of ${name}`)))),
    ];
}

const root = document.getElementById("docs");
try {
    document_ = await (await fetch("/api/openapi.json")).json();
    root.replaceChildren(...page());
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
} catch (error) {
    root.replaceChildren(h("main", null, trouble(error, () => location.reload())));
}
