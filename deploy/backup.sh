#!/bin/sh
# Copies the database that PGHOST, PGDATABASE and PGUSER name into a file of a folder, whole or
# not at all, and keeps the last 14. PG_BIN names the folder of pg_dump where it is not on the path.
set -eu
folder=$1
keep=${KEEP:-14}
bin=${PG_BIN:+$PG_BIN/}
file="$folder/meterglass-$(date -u +%Y%m%dT%H%M%SZ).dump"
umask 077

trap 'rm -f "$file.part"' EXIT
"${bin}pg_dump" --format=custom --create --file="$file.part"
# Reads the copy to its end: what can't be read can't be restored.
"${bin}pg_restore" --file=/dev/null "$file.part"
mv "$file.part" "$file"

ls -1 "$folder"/meterglass-*.dump | sort -r | tail -n +$((keep + 1)) | while read -r old; do rm -f "$old"; done
echo "$file"
