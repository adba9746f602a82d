#!/bin/sh
# ocrmypdf with N jobs and the text beside it; it writes no PDF, which is its fastest way.
# usage: ocrmypdf_jobs.sh SOURCE TEXT JOBS
source=$1 out=$2 jobs=$3
if [ -d "$source" ]; then
  # It reads the pages of one file at once; single pages need as many programs side by side.
  texts=$(mktemp -d)
  for file in "$source"/*; do basename "$file"; done | xargs -P "$jobs" -I{} \
    ocrmypdf -q --jobs 1 --output-type none --image-dpi 200 --sidecar "$texts/{}.txt" "$source/{}" -
  cat "$texts"/*.txt >"$out"
  rm -r "$texts"
else
  ocrmypdf -q --jobs "$jobs" --output-type none --sidecar "$out" "$source" -
fi
