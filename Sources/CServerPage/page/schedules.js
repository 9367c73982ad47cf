/** What happens by itself, and when. */

import { get, post, whyNot } from "./api.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { duration, moment, shell, shortID, word } from "./format.js";
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
        { name: "Schedule", kind: "first-line", cell: (row) => [h("span", { class: "strong" }, row.name), h("div", { class: "sub nowrap" }, does(row))] },
        { name: "When", label: "When", cell: (row) => [h("span", { class: "mono nowrap" }, row.cron), spoken(row.cron) && h("div", { class: "sub nowrap" }, spoken(row.cron))] },
        { name: "Next", label: "Next", cell: next },
        { name: "Last", label: "Last", cell: last },
        { name: "", right: true, cell: (row) => h("div", { class: "row tight" }, ["run", row.paused ? "resume" : "pause"].map((verb) => action(words[verb].name, { id: `${verb}-${row.name}`, why: whyNot("schedules.act", `${verb} schedules`) ?? (verb === "run" ? busy(row) : undefined), onclick: () => decide(row, verb, load) }))) },
    ], rows, { label: "Schedules", key: (row) => row.name });
}

/** What it does, and in which queue. */
function does(row) {
    const what = row.kind === "run" ? ["runs ", h("a", { href: `/definitions/${row.input?.name ?? row.name}` }, row.input?.name ?? row.name)] : h("span", { class: "mono" }, row.kind);
    return [what, ` · queue ${row.queue}`];
}

/** The usual times in words; what is rarer stands as it is. eg: "every hour at :07", "every day at 02:23" */
export function spoken(cron) {
    const [minute, hour, ...days] = cron.split(" ");
    const isDaily = days.join(" ") === "* * *";
    const two = (text) => text.padStart(2, "0");
    if (!isDaily || !/^(\*|\d+(,\d+)*)$/.test(minute)) return null;
    if (minute === "*") return hour === "*" ? "every minute" : null;
    if (hour === "*") return `every hour at ${minute.split(",").map((text) => `:${two(text)}`).join(" ")}`;
    return /^\d+$/.test(hour) && /^\d+$/.test(minute) ? `every day at ${two(hour)}:${two(minute)}` : null;
}

function next(row) {
    if (row.paused) return [statusMark("paused"), h("div", { class: "sub" }, `by ${row.paused.by}: ${row.paused.reason}`)];
    if (row.state === "off") return h("span", { class: "muted" }, "turned off in schedules.json");
    return row.next_at ? moment(row.next_at) : h("span", { class: "muted" }, "never");
}

function last(row) {
    const job = row.last_job;
    if (!job) return row.last_result ? [h("div", { class: "row tight" }, statusMark(row.last_result), moment(row.last_fired_at)), row.last_error && h("div", { class: "sub clip" }, row.last_error)] : h("span", { class: "muted" }, "never yet");
    const began = job.started_at ?? job.created_at;
    return [h("div", { class: "row tight" }, statusMark(job.status), h("span", { class: "muted" }, moment(began), job.finished_at && `, took ${duration(Date.parse(job.finished_at) - Date.parse(began))}`)),
        h("div", { class: "sub clip" }, outcome(job))];
}

/** What a job came to, in words: its run, what it counted, or why it failed. */
function outcome(job) {
    if (job.error) return job.error;
    const { run_id: run, ...counted } = job.result ?? {};
    return run ? ["run ", h("a", { href: `/runs/${run}` }, shortID(run))] : Object.entries(counted).map(([name, value]) => `${word(name)} ${value}`).join(", ");
}

/** Why it cannot begin now; nothing where it can. */
function busy(row) {
    const { status } = row.last_job ?? {};
    if (row.overlap === "allow") return undefined;
    return status === "running" ? "It is at work now." : status === "queued" ? "It waits for its turn already." : undefined;
}

const words = {
    run: { name: "Run now", confirm: "Run now", text: "Once, now; its next time stays as it is.", done: "It is queued." },
    pause: { name: "Pause", confirm: "Pause", text: "It does not happen until somebody resumes it.", done: "It is paused." },
    resume: { name: "Resume", confirm: "Resume", text: "It happens again at its next time. What was missed is not made up for.", done: "It goes on." },
};

/** Asks whether a schedule is to run now, pause or resume. */
export function decide(row, verb, load) {
    const { name, confirm, text, done } = words[verb];
    return ask({ title: `${name}: ${row.name}?`, words: text, confirm, done, command: (reason) => `arcadia schedules ${verb} ${row.name} --reason ${shell(reason)}`, act: (reason) => post(`schedules/${row.name}/${verb}`, { reason }).then(load) });
}
