#!/usr/bin/env bash
# Searches for inputs that break a target, for so many seconds: run.sh TARGET SECONDS [FLAG...]
# Inputs that reach new code are kept in corpus/TARGET, those that break it in artifacts/TARGET.
set -euo pipefail
cd "$(dirname "$0")"
target=$1 seconds=$2
shift 2
case $target in
  render | template_*) dictionary=template ;;
  *) dictionary=pod ;;
esac
mkdir -p "corpus/$target" "artifacts/$target"
exec cargo run --quiet --release --bin "$target" -- \
  -max_total_time="$seconds" -timeout=30 -rss_limit_mb=2048 -print_final_stats=1 \
  -dict="dictionaries/$dictionary.dict" -artifact_prefix="artifacts/$target/" "$@" \
  "corpus/$target" "seeds/$target"
