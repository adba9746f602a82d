#!/bin/sh
# Read with ocrmypdf and N jobs, into a text file only: it writes no PDF, which is its fastest mode.
# usage: ocrmypdf_jobs.sh SOURCE TEXT JOBS
source=$1 out=$2 jobs=$3
if [ -d "$source" ]; then
  # It parallelizes only over the pages of one file, so single-page files need parallel processes.
  texts=$(mktemp -d)
  for file in "$source"/*; do basename "$file"; done | xargs -P "$jobs" -I{} \
    ocrmypdf -q --jobs 1 --output-type none --image-dpi 200 --sidecar "$texts/{}.txt" "$source/{}" -
  cat "$texts"/*.txt >"$out"
  rm -r "$texts"
else
  ocrmypdf -q --jobs "$jobs" --output-type none --sidecar "$out" "$source" -
fi
