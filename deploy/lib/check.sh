# shellcheck shell=bash
# Compares what all nodes answer with each other and with try-expected.json, and says
# what to try next.

story_id() { jq --raw-output ".$1" "$root/story.json"; }

# What SLUG answers to everything that is compared, as answers/KIND-SLUG.json.
ask_everything() {
  local slug="$1"
  quietly --profile "$slug" assignment list --all >"$root/answers/assignments-$slug.json" &&
    quietly --profile "$slug" search professionals --role interim-manager --hours 24u \
      --start "$(story_id start)" --end "$(story_id end)" --near rotterdam --distance 40 \
      >"$root/answers/search-$slug.json" &&
    quietly --profile "$slug" search professionals --limit 500 >"$root/answers/everybody-$slug.json" &&
    quietly --profile "$slug" secondment list >"$root/answers/exchanges-$slug.json" &&
    quietly --profile "$slug" session list --all >"$root/answers/sessions-$slug.json" &&
    quietly --profile "$slug-beheer" node status >"$root/answers/status-$slug.json"
}

ask_coordinator() {
  quietly --profile bzk-flex-netwerk audit exchanges >"$root/answers/audit.json"
}

# All nodes hold the same feeds, and their views have folded everything.
is_settled() {
  local slug files=()
  for slug in "${slugs[@]}"; do
    answers_status "$slug" || return 1
    files+=("$root/answers/status-$slug.json")
  done
  jq --slurp --exit-status '
    [.[] | .circles[] | select(.short_name == "randstad")
     | {sizes: ([.feeds[] | {key: .member, value: .size}] | from_entries),
        views: ([.views[] | {key: .name, value: .digest}] | from_entries),
        lag: ([.views[].lag | tonumber] | add)}]
    | (unique | length) == 1 and .[0].lag == 0' \
    "${files[@]}" >/dev/null 2>&1
}

# check_one INDEX: prints the line of one expectation and counts it.
check_one() {
  local expectation title answers filter same slug only files=() names=() verdict
  expectation="$(jq --compact-output ".[$1]" "$here/try-expected.json")"
  title="$(jq --raw-output .check <<<"$expectation")"
  answers="$(jq --raw-output .answers <<<"$expectation")"
  filter="$(jq --raw-output .filter <<<"$expectation")"
  same="$(jq --raw-output '.same // false' <<<"$expectation")"
  only="$(jq --raw-output '.members // "all"' <<<"$expectation")"
  if [[ -f "$root/answers/$answers.json" ]]; then
    files=("$root/answers/$answers.json")
  else
    for slug in "${slugs[@]}"; do
      case "$only" in
        parties) [[ "$slug" =~ ^(zuid-holland|rotterdam|bzk-flex)$ ]] || continue ;;
        others) [[ ! "$slug" =~ ^(zuid-holland|rotterdam|bzk-flex)$ ]] || continue ;;
      esac
      files+=("$root/answers/$answers-$slug.json")
      names+=("$slug")
    done
  fi
  local program="all(.[]; $filter)"
  [[ "$same" == false ]] || program="map($filter) | (unique | length) == 1"
  if verdict="$(jq --slurp --slurpfile story "$root/story.json" "$program" "${files[@]}" 2>&1)" &&
    [[ "$verdict" == true ]]; then
    say "$green✓$plain $title"
  else
    say "$red✗$plain $title  (${answers}${names[*]:+: ${names[*]}}; $(head -c 200 <<<"$verdict"))"
    failures=$((failures + 1))
  fi
}

check_everything() {
  local index count
  failures=0
  wait_until 30 "alle knooppunten hetzelfde hebben" is_settled
  ask_coordinator || fail "de coördinator kreeg geen antwoord"
  in_parallel ask_everything "${slugs[@]}" || fail "niet alle knooppunten gaven antwoord"
  count="$(jq length "$here/try-expected.json")"
  say ''
  for ((index = 0; index < count; index++)); do check_one "$index"; done
  say ''
  if ((failures > 0)); then
    keep_logs=1
    say "$failures van $count controles kloppen niet."
    exit 1
  fi
  say "Alle $count controles kloppen, bij ${#slugs[@]} knooppunten, na $SECONDS s."
}

tell_what_next() {
  local exchange_id
  exchange_id="$(story_id exchange)"
  cat <<TEXT

${bold}Wat nu? In een ander venster:$plain

  export PATH="$build/bin:\$PATH" POOLCIRKEL_PROFILES="$root/profiles.yaml"
  source <(poolcirkel completion bash)

  poolcirkel profile list
  poolcirkel --profile haarlemmermeer assignment list
  poolcirkel --profile amsterdam search professionals --role projectleider --hours 16 --why
  poolcirkel --profile zuid-holland professional list --professional zuid-holland-01
  poolcirkel --profile bzk-flex-netwerk audit exchanges
  poolcirkel --profile bzk-flex-netwerk audit verify ${exchange_id: -8}
  poolcirkel --profile rotterdam-beheer node status
  poolcirkel --profile rotterdam log tail
TEXT
}
