# shellcheck shell=bash
# Compares what all nodes answer with each other and with try-expected.json, and says
# what to try next.

story_id() { jq --raw-output ".$1" "$root/story.json"; }

# What SLUG answers to everything that is compared, as answers/KIND-SLUG.json.
ask_everything() {
  local slug="$1"
  quietly --profile "$slug" assignment list --all >"$root/answers/assignments-$slug.json" &&
    quietly --profile "$slug" search professionals --role interim-manager --hours 24u \
      --start "$(story_id first_day)" --end "$(story_id last_day)" --near rotterdam --distance 40 \
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

# One object of all answers, by the name of their file.
gather_answers() {
  jq --null-input '[inputs | {key: (input_filename | split("/")[-1] | rtrimstr(".json")), value: .}]
    | from_entries' "$root"/answers/*.json >"$root/all-answers.json"
}

# Prints a program for jq that makes a list of {check, answers, ok} of $all and $story:
# one run for all checks, because starting jq takes longer than any of them.
check_program() {
  jq --raw-output --slurpfile all "$root/all-answers.json" '
    ["zuid-holland", "rotterdam", "bzk-flex"] as $parties
    | map(. as $expected
        | (if $all[0][.answers] then [.answers]
           else [$ARGS.positional[]
             | select($expected.members == null
                 or (IN($parties[]) == ($expected.members == "parties")))
             | "\($expected.answers)-\(.)"]
           end) as $names
        | (if .same then "map(\(.filter)) | (unique | length) == 1"
           else "all(.[]; \(.filter))" end) as $program
        | "{check: \(.check | tojson), answers: \($names | join(", ") | tojson), ok: " +
          "(try (\($names | tojson) | map($all[0][.] // error(\"geen antwoord\")) | \($program)) " +
          "catch tostring)}")
    | "[" + join(",\n") + "]"' "$here/try-expected.json" --args "${slugs[@]}"
}

check_everything() {
  local failures count
  wait_until 30 "alle knooppunten hetzelfde hebben" is_settled
  ask_coordinator || fail "de coördinator kreeg geen antwoord"
  in_parallel ask_everything "${slugs[@]}" || fail "niet alle knooppunten gaven antwoord"
  gather_answers
  check_program >"$root/checks.jq"
  jq --null-input --slurpfile all "$root/all-answers.json" --slurpfile story "$root/story.json" \
    --from-file "$root/checks.jq" >"$root/checks.json" || fail "de controles zijn niet te lezen"
  say ''
  jq --raw-output --arg green "$green" --arg red "$red" --arg plain "$plain" '.[]
    | if .ok == true then "\($green)✓\($plain) \(.check)"
      else "\($red)✗\($plain) \(.check)  (\(.answers): \(.ok))" end' "$root/checks.json"
  say ''
  read -r failures count < <(jq --raw-output '"\(map(select(.ok != true)) | length) \(length)"' "$root/checks.json")
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
  poolcirkel --profile amsterdam search professionals --role projectleider --hours 16 \\
      --start $(story_id first_day) --end $(story_id last_day) --why
  poolcirkel --profile zuid-holland professional list --professional zuid-holland-01
  poolcirkel --profile bzk-flex-netwerk audit exchanges
  poolcirkel --profile bzk-flex-netwerk audit verify --exchange ${exchange_id: -8}
  poolcirkel --profile rotterdam-beheer node status
  poolcirkel --profile rotterdam log tail
TEXT
}
