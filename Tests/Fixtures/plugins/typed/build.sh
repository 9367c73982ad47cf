#!/bin/sh
# build.sh OUTDIR: OUTDIR/typed and OUTDIR/loose, which takes anything and leaves it to the host to refuse; and one plugin
# for each way in which a table of typed functions can be wrong.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
include=$here/../../../../sdk/c/include
out=${1:?"usage: build.sh OUTDIR"}
cc=${CC:-cc}

compile() { # compile ID FILE [flag…]
    id=$1 file=$2
    shift 2
    mkdir -p "$out/$id"
    "$cc" -std=c11 -O1 -fPIC -fvisibility=hidden -Wall -Wextra -Wpedantic -Werror -shared -I"$include" -DID="\"$id\"" \
        -Wl,--version-script="$include/../../link/one-symbol.map" "$@" -o "$out/$id/lib$id.so" "$here/$file"
}

# wrong ID [flag…]: its manifest says what the library should have said
wrong() {
    id=$1
    shift
    compile "$id" wrong.c "$@"
    manifest "$id" '"signature": "uint32 twice(uint32 x)"'
}

manifest() { # manifest ID MEMBERS
    echo '{ "manifest_version": 1, "id": "'"$1"'", "version": "1.0.0", "abi": { "major": 1, "minor": 0 },
            "operations": [ { "name": "twice", '"$2"' } ] }' > "$out/$1/plugin.json"
}

rm -rf "$out"
compile typed typed.c
cp "$here/plugin.json" "$out/typed/"
compile loose typed.c
sed -e 's/"id": "typed"/"id": "loose"/' -e 's/, "signature"/, "input": true, "output": true, "signature"/' \
    "$here/plugin.json" > "$out/loose/plugin.json"

wrong good
wrong spaced -DSIGNATURE='"uint32  twice( uint32 x )"'
wrong other_type -DSIGNATURE='"uint64 twice(uint32 x)"'
wrong other_name -DSIGNATURE='"uint32 twice(uint32 y)"'
wrong other_result -DSIGNATURE='"uint32 double = twice(uint32 x)"'
wrong with_call -DSIGNATURE='"uint32 twice(call, uint32 x)"'
wrong no_signature -DSIGNATURE=NULL
wrong no_function -DFUNCTION=NULL
wrong bad_signature -DSIGNATURE='"uint33 twice(uint32 x)"'
wrong twice_typed -DSECOND='"uint32 twice(uint32 x)"'
wrong typed_and_plain -DPLAIN=1
wrong extra -DSECOND='"uint32 thrice(uint32 x)"'
wrong small_table -DTABLE_SIZE=8
wrong small_entry -DENTRY_SIZE=16
wrong missing -DPLAIN=1 -DANSWERS_TO='"other.typed/1"'
wrong undeclared
manifest undeclared '"idempotent": true'
