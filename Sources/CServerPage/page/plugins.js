/** Plugins: who does the work, who was kept out and why. */

import { get, post, whyNot } from "./api.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { traits } from "./definitions.js";
import { count, moment, shell, shortID } from "./format.js";
import { json } from "./json.js";
import { news } from "./news.js";
import { action, cli, empty, facts, heading, list, none, panel, sentence, shape, statusMark, ticked } from "./parts.js";

const places = { in_process: "in the host's process", worker: "in a worker process of its own", host: "as a part of the host" };

export const plugins = { title: "Plugins", open: openList };
export const plugin = { title: "Plugin", open: (place) => new PluginPage(place).open() };

async function openList(place) {
    const load = () => place.load(async () => {
        const { plugins } = await get("plugins", {}, { signal: place.signal });
        const columns = [
            { name: "Plugin", kind: "first-line", cell: (row) => [h("a", { class: "strong", href: `/plugins/${row.id}` }, row.id), " ", h("span", { class: "muted" }, row.version)] },
            { name: "State", cell: (row) => [statusMark(row.state), (row.reason ?? row.rejected?.reason) && h("div", { class: "sub clip" }, ticked(row.reason ?? row.rejected.reason)), row.versions.some((version) => !version.installed) && h("div", { class: "sub" }, held(row.versions))] },
            { name: "Build", label: "Build", cell: (row) => row.hash ? h("span", { class: "mono nowrap", title: row.hash }, row.hash.slice(0, 12)) : none() },
            { name: "Calls", label: "Calls", right: true, cell: (row) => row.stats?.calls.toLocaleString("en") ?? none() },
            { name: "Failed", label: "Failed", right: true, cell: (row) => row.stats?.failed_calls.toLocaleString("en") ?? none() },
            { name: "Crashes", label: "Crashes", right: true, cell: (row) => row.stats?.crashes ? h("span", { class: "s-bad strong" }, row.stats.crashes) : row.stats ? "0" : none() },
            { name: "p95", label: "p95", right: true, cell: (row) => row.stats?.latency_ms ? latency(row.stats.latency_ms.p95) : none() },
            { name: "Operations", label: "Operations", right: true, cell: (row) => row.operations.length },
        ];
        place.draw(heading("Plugins", "Who does the work of the steps. What a plugin may do stands in its manifest; nothing of it runs to show this list.",
                action("Read the folders anew", { id: "reload", why: whyNot("plugins.manage", "reload plugins"), onclick: () => reload(load) })),
            h("div", { class: "panel" }, plugins.length ? list(columns, plugins, { label: "Plugins", key: (row) => row.id, href: (row) => `/plugins/${row.id}` })
                : empty("No plugins", "A plugin is a folder with a manifest and a shared library. Say where yours are:", "arcadia serve --plugins ./plugins")));
    });
    news.addEventListener("plugin", load, { signal: place.signal });
    await load();
}

/** eg: "2 runs go on with 1.0.0" */
function held(versions) {
    return versions.filter((version) => !version.installed).map((version) => `${count(version.runs, "run")} ${version.runs === 1 ? "goes" : "go"} on with ${version.version}`).join(", ");
}

function reload(then) {
    return ask({ title: "Read the plugin folders anew?", confirm: "Read them", done: "The plugin folders were read.", words: "New calls use what is there then. Calls and runs under way go on with the version they began with; a build that is not let in takes nothing away.",
        command: (reason) => `arcadia plugins reload --reason ${shell(reason)}`,
        act: (reason) => post("plugins/reload", { reason }).then(then) });
}

function latency(milliseconds) {
    if (milliseconds === undefined || milliseconds === null) return "–";
    return milliseconds < 1 ? `${Math.round(milliseconds * 1000)} µs` : milliseconds < 1000 ? `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

class PluginPage {
    constructor(place) {
        this.place = place;
    }

    async open() {
        news.addEventListener("plugin", (event) => event.detail.id === this.place.params.id && this.load(), { signal: this.place.signal });
        await this.load();
    }

    load() {
        return this.place.load(async () => {
            this.plugin = await get(`plugins/${this.place.params.id}`, {}, { signal: this.place.signal });
            this.place.title(this.plugin.id);
            this.draw();
        });
    }

    draw() {
        const { plugin } = this;
        const { stats } = plugin;
        this.place.draw(h("div", { class: "stack", "data-testid": "plugin", "data-state": plugin.state },
            h("div", { class: "head" },
                h("div", { class: "grow" }, h("div", { class: "crumb" }, h("a", { href: "/plugins" }, "Plugins")), h("div", { class: "row" }, h("h1", null, plugin.id), h("span", { class: "muted" }, plugin.version), statusMark(plugin.state)), plugin.summary && h("p", null, sentence(plugin.summary))),
                h("div", { class: "row actions" }, plugin.state === "quarantined" && action("Let in again", { id: "release", kind: "solid", why: whyNot("plugins.release", "release plugins"), onclick: () => this.release() }), plugin.placement !== "host" && (plugin.state === "disabled" ? action("Enable", { id: "enable", kind: "solid", why: whyNot("plugins.disable", "enable plugins"), onclick: () => this.enable() }) : action("Disable", { id: "disable", why: whyNot("plugins.disable", "disable plugins"), onclick: () => this.disable() })))),
            plugin.reason && h("div", { class: `callout s-${plugin.state === "modified" ? "back" : "bad"}`, "data-testid": "callout" }, shape("warn"), h("div", null, h("strong", null, sentence(plugin.reason)), plugin.hint && h("span", { class: "hint" }, ticked(sentence(plugin.hint))), cli(`arcadia plugins ${{ quarantined: "release", disabled: "enable", modified: "lock" }[plugin.state] ?? "show"} ${plugin.id}`))),
            plugin.rejected && h("div", { class: "callout s-back", "data-testid": "rejected" }, shape("warn"), h("div", null, h("strong", null, `${plugin.version} stays in use: ${plugin.rejected.version ?? "what lies in its folder"} was refused.`), h("span", { class: "hint" }, ticked(sentence(plugin.rejected.reason))))),
            stats && h("div", { class: "tiles" }, [["Calls", stats.calls.toLocaleString("en"), `since ${stats.since.slice(0, 10)}`], ["Failed", stats.failed_calls.toLocaleString("en"), stats.calls ? `${((100 * stats.failed_calls) / stats.calls).toFixed(1)} % of calls` : ""], ["Crashes", stats.crashes, "of this build"], ["Latency", latency(stats.latency_ms?.p50), stats.latency_ms ? `median; p95 ${latency(stats.latency_ms.p95)}, p99 ${latency(stats.latency_ms.p99)}` : "no calls yet"]]
                .map(([name, value, words]) => h("div", { class: "panel tile" }, h("span", { class: "small" }, name), h("b", null, value), h("span", { class: "small" }, words)))),
            h("div", { class: "cols" },
                panel("Build", {}, h("div", { class: "inside" }, facts([["Hash", h("span", { class: "mono" }, plugin.hash ?? "–")], ["Folder", h("span", { class: "mono" }, plugin.folder)], ["Language", plugin.language ?? "not said"], ["Calls", plugin.concurrency === "full" ? "several at once" : "one at a time"], ["Runs", places[plugin.placement] ?? "–"],
                    plugin.placement !== "host" && ["Signed by", plugin.signer ?? "nobody who is trusted here"], plugin.placement !== "host" && ["Locked", plugin.locked ? "yes" : "no"], plugin.integrity && ["Files", h("span", { class: "mono" }, plugin.integrity)],
                    plugin.definitions.length && ["Ships", plugin.definitions.map((name, index) => [index ? ", " : "", h("a", { href: `/definitions/${name}` }, name)])]]))),
                panel("What it may reach", {}, h("div", { class: "inside" }, plugin.http.length || plugin.credentials.length ? facts([...plugin.http.map((rule) => [h("span", { class: "mono" }, rule.host), rule.methods.join(", ")]), ...plugin.credentials.map((token) => ["token", h("span", { class: "mono" }, token.name)])]) : h("p", { class: "muted" }, "Nothing outside this machine.")))),
            plugin.crashes.length > 0 && panel("Crashes", { id: "crashes" }, list([
                { name: "When", kind: "first-line", cell: (row) => moment(row.at) }, { name: "Cause", label: "Cause", cell: (row) => h("span", { class: "mono s-bad" }, row.cause) }, { name: "Operation", label: "Operation", cell: (row) => h("span", { class: "mono" }, row.operation) },
                { name: "Run", label: "Run", right: true, cell: (row) => row.run_id ? h("a", { class: "mono", href: `/runs/${row.run_id}` }, shortID(row.run_id)) : "not known" }], plugin.crashes, { label: "Crashes", key: (row) => row.at })),
            plugin.versions.some((version) => !version.installed) && panel("Versions", { id: "versions" }, list([
                { name: "Version", kind: "first-line", cell: (row) => [row.version, row.installed && h("span", { class: "muted" }, " installed")] }, { name: "Build", label: "Build", cell: (row) => h("span", { class: "mono", title: row.hash }, row.hash.slice(0, 12)) },
                { name: "Last used", label: "Last used", cell: (row) => row.last_used_at ? moment(row.last_used_at) : none() }, { name: "Runs", label: "Runs", right: true, cell: (row) => row.runs },
                { name: "Failed runs", label: "Failed runs", right: true, cell: (row) => row.compensable }, { name: "Bytes", label: "Bytes", right: true, cell: (row) => row.bytes?.toLocaleString("en") ?? none() }], plugin.versions, { label: "Versions", key: (row) => row.hash })),
            panel("Operations", { aside: h("span", { class: "muted small" }, count(plugin.operations.length, "operation")) }, h("div", { class: "steps ops" }, plugin.operations.map((operation) => h("details", { class: "step", "data-key": operation.uses },
                h("summary", null, h("span", { class: "s-idle" }, shape("plugins")), h("span", { class: "name" }, h("b", { class: "mono" }, operation.name), h("span", null, operation.kind)), h("span", { class: "muted small" }, operation.summary)),
                h("div", { class: "inside" }, h("p", { class: "muted small" }, traits(operation)), h("h3", null, "Input"), json(operation.input, `Input of ${operation.uses}`), h("h3", null, "Output"), json(operation.output, `Output of ${operation.uses}`))))))));
    }

    disable() {
        const { plugin } = this;
        return ask({ title: `Disable ${plugin.id}?`, confirm: "Disable", done: `Plugin ${plugin.id} is disabled.`, words: "No new call is made to any build of it; calls under way end as they do. Runs that need it wait until it is enabled.",
            command: (reason) => `arcadia plugins disable ${plugin.id} --reason ${shell(reason)}`,
            act: (reason) => post(`plugins/${plugin.id}/disable`, { reason }).then(() => this.load()) });
    }

    enable() {
        const { plugin } = this;
        return ask({ title: `Enable ${plugin.id}?`, confirm: "Enable", done: `Plugin ${plugin.id} is enabled.`, words: "It is let in again, if nothing else stands in its way. Runs that waited for it go on once they are resumed.",
            command: (reason) => `arcadia plugins enable ${plugin.id} --reason ${shell(reason)}`,
            act: (reason) => post(`plugins/${plugin.id}/enable`, { reason }).then(() => this.load()) });
    }

    release() {
        const { plugin } = this;
        return ask({ title: `Let ${plugin.id} in again?`, confirm: "Let in", done: `Plugin ${plugin.id} is let in again.`, words: `The crashes of build ${plugin.hash?.slice(0, 12)} are forgotten. The third crash from now keeps it out again.`,
            command: (reason) => `arcadia plugins release ${plugin.id} --reason ${shell(reason)}`,
            act: (reason) => post(`plugins/${plugin.id}/release`, { reason }).then(() => this.load()) });
    }
}
