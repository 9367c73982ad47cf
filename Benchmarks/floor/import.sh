#!/usr/bin/env bash
# import.sh INVOICE.csv FOLDER: the sqlite3 shell takes the same file into a table of the same columns, as durably.
set -eu
mkdir -p "$2"
rm -f "$2"/import.db*
sqlite3 "$2/import.db" "PRAGMA journal_mode = WAL" "CREATE TABLE lines (product TEXT, group_description TEXT,
    description TEXT, hours TEXT, starts TEXT, ends TEXT, usd TEXT, project_name TEXT, category TEXT)" >/dev/null
start=$(date +%s.%N)
sqlite3 "$2/import.db" "PRAGMA synchronous = FULL" ".import --csv --skip 1 $1 lines"
end=$(date +%s.%N)
lines=$(sqlite3 "$2/import.db" "SELECT count(*) FROM lines")
awk -v s="$start" -v e="$end" -v n="$lines" 'BEGIN { printf "{\"lines\":%d,\"seconds\":%.3f,\"rows_per_s\":%.1f}\n", n, e - s, n / (e - s) }'
