/** What the account costs: this month so far, month by month, and by what. */

import { get } from "./api.js";
import { h, svg } from "./dom.js";
import { money, moment, shortID } from "./format.js";
import { empty, heading, list, panel, sentence, statusMark } from "./parts.js";

const groupings = ["project", "kind", "run", "tenant", "product", "resource"];

export const cost = { title: "Cost", open: (place) => new CostPage(place).load() };

/** 404: nothing was taken yet, which is no failure of this page. */
const orNothing = (promise) => promise.catch((error) => { if (error.status !== 404) throw error; return null; });

class CostPage {
    constructor(place) {
        this.place = place;
        this.by = place.query.get("by") ?? "project";
        this.period = place.query.get("period");
    }

    load() {
        return this.place.load(async () => {
            const options = { signal: this.place.signal };
            const [balance, forecast, months, groups, invoices] = await Promise.all([
                orNothing(get("billing/balance", {}, options)), orNothing(get("billing/forecast", {}, options)), get("billing/costs", { by: "period" }, options),
                get("billing/costs", { by: this.by, period: this.by === "run" ? null : this.period }, options), get("billing/invoices", { limit: 24 }, options)]);
            Object.assign(this, { balance, forecast, months: months.costs, groups: groups.costs, invoices: invoices.invoices });
            this.draw();
        });
    }

    draw() {
        const { balance, forecast } = this;
        if (!balance && !this.invoices.length) return this.place.draw(heading("Cost"), h("div", { class: "panel" }, empty("Nothing is known of costs yet", "A sync takes the balance and the invoices, line by line. It happens by itself every night, or now:", "arcadia billing sync")));
        this.place.draw(h("div", { class: "stack" }, heading("Cost", balance && ["As of ", moment(balance.taken_at), ". Amounts are in US dollars."]),
            balance && h("div", { class: "tiles" }, this.tile("This month so far", money(balance.month_to_date_usage), forecast ? forecast.period : "", "month-to-date"), forecast && this.tile("If it goes on like this", money(forecast.forecast), sentence(forecast.explanation), "forecast"), this.tile("Owed now", money(balance.month_to_date_balance), `account ${money(balance.account_balance)}`, "owed")),
            this.months.length > 0 && panel("Month by month", { id: "plot" }, h("div", { class: "plot" }, plot(this.series()))),
            panel(`By what, ${(this.by !== "run" && this.period) || "over all months"}`, { aside: h("nav", { class: "tabs", "aria-label": "Grouping" }, groupings.map((by) => h("a", { href: `/cost?by=${by}${this.period ? `&period=${this.period}` : ""}`, "data-testid": `by-${by}`, "aria-current": by === this.by ? "true" : undefined }, by))) }, this.groups.length ? this.table() : h("div", { class: "inside muted" }, "Nothing is billed by this.")),
            panel("Invoices", { aside: h("span", { class: "muted small" }, "and whether their lines add up") }, this.invoices.length ? this.invoiceTable() : h("div", { class: "inside muted" }, "None yet."))));
    }

    tile(name, value, words, id) {
        return h("div", { class: "panel tile", "data-testid": id }, h("span", { class: "small" }, name), h("b", null, value), h("span", { class: "small" }, words));
    }

    series() {
        const months = this.months.filter((month) => month.key !== "-").map((month) => ({ month: month.key, amount: Number(month.amount) })).sort((a, b) => a.month.localeCompare(b.month)).slice(-12);
        if (this.forecast && !months.some(({ month }) => month === this.forecast.period)) months.push({ month: this.forecast.period, amount: Number(this.forecast.month_to_date), forecast: Number(this.forecast.forecast) });
        return months;
    }

    table() {
        const most = Math.max(...this.groups.map((group) => Math.abs(Number(group.amount))), 0.01);
        const columns = [
            { name: this.by.charAt(0).toUpperCase() + this.by.slice(1), kind: "first-line", cell: (row) => this.key(row) },
            { name: "", kind: "rest", cell: (row) => !this.isUnbilled(row) && h("span", { class: "meter", "aria-hidden": "true" }, h("i", { style: { width: `${(100 * Math.max(0, Number(row.amount))) / most}%` } })) },
            { name: "Amount", label: "Amount", right: true, cell: (row) => this.isUnbilled(row) ? h("span", { class: "muted" }, "not billed yet") : h("span", { class: "strong" }, money(row.amount)) },
            { name: this.by === "run" ? "Resources" : "Lines", label: this.by === "run" ? "Resources" : "Lines", right: true, cell: (row) => row.count.toLocaleString("en") },
        ];
        return [list(columns, this.groups, { label: `Costs by ${this.by}`, key: (row) => row.key }),
            this.groups.some((row) => this.isUnbilled(row)) && h("p", { class: "inside muted small" }, "A month's invoice comes when the month is over: what a run made since the last one is on none yet.")];
    }

    /** What a run made is named by no invoice so far. */
    isUnbilled(row) {
        return this.by === "run" && Number(row.amount) === 0;
    }

    key(row) {
        if (row.key === "-") return h("span", { class: "muted" }, this.by === "resource" ? "no resource of the inventory" : `no ${this.by}`);
        if (this.by === "run") return h("a", { href: `/runs/${row.key}` }, row.name || "run", " ", h("span", { class: "mono muted" }, shortID(row.key)));
        if (this.by === "resource") return h("a", { href: `/inventory/${encodeURIComponent(row.key)}` }, row.name || row.key);
        return row.key;
    }

    invoiceTable() {
        const shown = this.isWhole ? this.invoices : this.invoices.slice(0, 12);
        return [list([
            { name: "Month", kind: "first-line", cell: (row) => row.period ?? "–" }, { name: "Amount", label: "Amount", right: true, cell: (row) => row.amount ? money(row.amount) : "–" },
            { name: "Lines", label: "Lines", right: true, cell: (row) => row.lines ?? "–" },
            { name: "Difference", label: "Difference", right: true, cell: (row) => row.difference === null ? "–" : Number(row.difference) === 0 ? h("span", { class: "s-ok" }, "none") : h("span", { class: "s-bad strong" }, money(row.difference)) },
            { name: "Status", kind: "short", label: "Status", cell: (row) => [statusMark(row.status), row.error && h("div", { class: "sub" }, row.error)] },
            { name: "Invoice", cell: (row) => h("span", { class: "mono muted tiny" }, row.invoice_uuid) },
        ], shown, { label: "Invoices", key: (row) => row.invoice_uuid }),
            shown.length < this.invoices.length && h("div", { class: "more" }, h("button", { type: "button", onclick: () => { this.isWhole = true; this.draw(); } }, `Show the ${this.invoices.length - shown.length} before`))];
    }
}

/** Bars, and the running month's forecast as an outline around what is used so far. */
function plot(series) {
    const narrow = innerWidth < 620;
    const [width, height, left, bottom] = narrow ? [360, 190, 38, 22] : [960, 220, 46, 24];
    const most = Math.max(...series.map((month) => month.forecast ?? month.amount), 1);
    const step = nice(most / 3);
    const top = Math.ceil(most / step) * step;
    const y = (amount) => 10 + (height - bottom - 10) * (1 - amount / top);
    const slot = (width - left) / series.length;
    const bar = Math.min(44, slot * 0.62);
    return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Cost by month: " + series.map((month) => `${month.month} ${money(month.amount.toFixed(2))}${month.forecast ? ` so far, ${money(month.forecast.toFixed(2))} forecast` : ""}`).join(", ") },
        Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step).map((amount) => [svg("line", { class: "grid", x1: left, x2: width, y1: y(amount), y2: y(amount) }), svg("text", { x: left - 8, y: y(amount) + 4, "text-anchor": "end" }, `$${amount.toLocaleString("en")}`)]),
        series.map((month, index) => {
            const x = left + slot * index + (slot - bar) / 2;
            const label = `${month.month}: ${money(month.amount.toFixed(2))}${month.forecast ? ` so far, ${money(month.forecast.toFixed(2))} if it goes on like this` : ""}`;
            return svg("g", null, svg("title", null, label), svg("rect", { x: left + slot * index, y: 0, width: slot, height: height - bottom, fill: "transparent" }),
                month.forecast && svg("rect", { class: "forecast", x: x + 0.5, y: y(month.forecast), width: bar - 1, height: Math.max(0, y(month.amount) - y(month.forecast)), rx: 3 }),
                svg("rect", { class: "amount", x, y: y(month.amount), width: bar, height: Math.max(0, y(0) - y(month.amount)), rx: 3 }),
                (!narrow || index % 3 === (series.length - 1) % 3) && svg("text", { x: x + bar / 2, y: height - 6, "text-anchor": "middle" }, month.month));
        }));
}

function nice(step) {
    const power = 10 ** Math.floor(Math.log10(step));
    return [1, 2, 2.5, 5, 10].find((factor) => factor * power >= step) * power;
}
