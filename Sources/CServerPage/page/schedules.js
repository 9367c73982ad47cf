/** What happens by itself, and when. */

import { get, post, whyNot } from "./api.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { duration, moment, shell, shortID } from "./format.js";
import { news } from "./news.js";
import { action, empty, heading, list, statusMark } from "./parts.js";

export const schedules = { title: "Schedules", open };

async function open(place) {
    const load = () => place.load(async () => {
        const { schedules } = await get("schedules", {}, { signal: place.signal });
        place.draw(heading("Schedules", "What happens by itself. Times are UTC."), h("div", { class: "panel" }, schedules.length ? table(schedules, load) : empty("Nothing happens by itself", "Schedules come with the server's configuration.", "arcadia schedules list")));
    });
    news.addEventListener("schedule", load, { signal: place.signal });
    await load();
}

function table(rows, load) {
    return list([
        { name: "Schedule", kind: "first-line", cell: (row) => [h("span", { class: "strong" }, row.name), h("div", { class: "sub" }, row.does)] },
        { name: "When", label: "When", cell: (row) => [h("span", { class: "mono" }, row.cron), h("div", { class: "sub" }, row.queue)] },
        { name: "Next", label: "Next", cell: (row) => row.paused ? statusMark("paused") : moment(row.next_at) },
        { name: "Last", label: "Last", cell: (row) => last(row) },
        { name: "", right: true, cell: (row) => h("div", { class: "row tight" }, ["run", row.paused ? "resume" : "pause"].map((verb) => action(words[verb].name, { id: `${verb}-${row.name}`, why: whyNot("schedules.act", `${verb} schedules`) ?? (verb === "run" && row.running ? "It is at work now." : undefined), onclick: () => decide(row, verb, load) }))) },
    ], rows, { label: "Schedules", key: (row) => row.name });
}

function last(row) {
    if (row.running) return statusMark("running");
    if (!row.last) return h("span", { class: "muted" }, "never yet");
    return [h("div", { class: "row tight" }, statusMark(row.last.outcome), h("span", { class: "muted" }, moment(row.last.at), row.last.finished_at && `, took ${duration(Date.parse(row.last.finished_at) - Date.parse(row.last.at))}`)),
        h("div", { class: "sub clip" }, row.last.message, row.last.run_id && [" ", h("a", { href: `/runs/${row.last.run_id}` }, shortID(row.last.run_id))])];
}

const words = {
    run: { name: "Run now", confirm: "Run now", text: "Once, now; its next time stays as it is.", done: "It has begun." },
    pause: { name: "Pause", confirm: "Pause", text: "It does not happen until somebody resumes it.", done: "It is paused." },
    resume: { name: "Resume", confirm: "Resume", text: "It happens again at its next time. What was missed is not made up for.", done: "It goes on." },
};

function decide(row, verb, load) {
    const { name, confirm, text, done } = words[verb];
    return ask({ title: `${name}: ${row.name}?`, words: text, confirm, done, command: (reason) => `arcadia schedules ${verb} ${row.name} --reason ${shell(reason)}`, act: (reason) => post(`schedules/${row.name}/${verb}`, { reason }).then(load) });
}
