#!/bin/sh
# build.sh OUTDIR: one plugin folder for each way to be wrong, as OUTDIR/<case>/<id>/{plugin.json,lib<id>.so}.
# Give OUTDIR/<case> to the host as its plugins folder. The id is the case's name where nothing else is said.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
include=$here/../../../../sdk/c/include
out=${1:?"usage: build.sh OUTDIR"}
cc=${CC:-cc}

compile() { # compile LIBRARY ID [flag…]
    library=$1 id=$2
    shift 2
    "$cc" -std=c11 -O1 -fPIC -fvisibility=hidden -Wall -Wextra -Werror -I"$include" -DID="\"$id\"" "$@" -o "$library" "$here/bad.c"
}

manifest() { # manifest FOLDER ID [manifest_version [abi_major]]
    sed -e "s/@ID@/$2/" -e "s/@MANIFEST_VERSION@/${3:-1}/" -e "s/@ABI_MAJOR@/${4:-1}/" "$here/plugin.json.in" > "$1/plugin.json"
}

# plugin CASE [flag…]: a folder with both files; $folder and $library say where
plugin() {
    case=$1 folder=$out/$1/$1 library=$out/$1/$1/lib$1.so
    shift
    mkdir -p "$folder"
    manifest "$folder" "$case"
    compile "$library" "$case" -shared -Wl,-z,now "$@"
}

patch() { # patch OFFSET BYTES: overwrites in $library
    printf "$2" | dd of="$library" bs=1 seek="$1" conv=notrunc status=none
}

rm -rf "$out"
plugin good

# What is no library, or none for this machine.
plugin not_elf;        echo "this is a text file" > "$library"
plugin truncated;      size=$(wc -c < "$library"); head -c $((size / 2)) "$library" > "$library.half"; mv "$library.half" "$library"
plugin other_machine;  patch 18 '\267\000' # e_machine: EM_AARCH64
plugin not_shared;     compile "$library" not_shared -c # an object file, ET_REL

# What has not the symbol.
plugin no_entry -DNO_ENTRY
plugin other_major -DOTHER_MAJOR

# What cannot be opened, or dies of it.
plugin undefined_symbol -DUNDEFINED_SYMBOL
plugin constructor_crash -DCONSTRUCTOR_CRASH

# What the entry function answers.
plugin entry_crash -DENTRY_CRASH
plugin null_table -DNULL_TABLE
plugin null_table_after_log -DNULL_TABLE_AFTER_LOG
plugin struct_too_small -DSTRUCT_TOO_SMALL
plugin needs_newer_host -DMIN_HOST_MINOR=99
plugin wrong_id -UID -DID='"somebody_else"'
plugin wrong_version -DVERSION='"9.9.9"'
plugin null_operations -DNULL_OPERATIONS
plugin operation_missing -DOPERATION_MISSING
plugin operation_extra -DOPERATION_EXTRA
plugin compensate_missing -DCOMPENSATE_MISSING
plugin create_fails -DCREATE_FAILS

# What the folder and the manifest say.
plugin manifest_not_json;    echo '{ "manifest_version": 1,' > "$folder/plugin.json"
plugin manifest_missing_key; sed -i '/"version": "1.0.0"/d' "$folder/plugin.json"
plugin manifest_unknown_key; sed -i 's/"summary"/"sumary": "misspelt", "summary"/' "$folder/plugin.json"
plugin manifest_newer;       manifest "$folder" manifest_newer 2
plugin abi_major_2;          manifest "$folder" abi_major_2 1 2
plugin group_writable;       chmod 0664 "$library"
plugin folder_not_id;        mv "$folder" "$out/folder_not_id/another_name"

# The same id in two plugins folders: give the host both, duplicate_id/a and duplicate_id/b.
plugin duplicate_id
mkdir -p "$out/duplicate_id/a"
mv "$folder" "$out/duplicate_id/a/duplicate_id"
cp -R "$out/duplicate_id/a" "$out/duplicate_id/b"
