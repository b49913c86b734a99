# shellcheck shell=bash
# The main story: from an open assignment to a secondment that anybody can check.

# A field of the first assignment of the sample data, or of its first session.
story_assignment() { jq --raw-output ".[0] | $1" "$root/sample/assignments.json"; }
story_session() { jq --raw-output ".[0] | $1" "$root/sample/sessions.json"; }

# Every member shows the assignment with this id.
is_shown() { quietly --profile "$1" assignment show "$2" >/dev/null; }
# Every profile of the circle can be read at this member.
can_read_profiles() {
  quietly --profile "$1" search professionals --limit 1 |
    jq --exit-status '.unreadable == 0' >/dev/null
}
is_effective() {
  quietly --profile "$1" secondment show "$2" |
    jq --exit-status '.exchanges[0].status == "EXCHANGE_STATUS_EFFECTIVE"' >/dev/null
}

publish_story() {
  local skills=() skill title
  chapter "1. Rotterdam zet een opdracht open voor de hele poolcirkel"
  while read -r skill; do skills+=(--skill "$skill"); done \
    < <(story_assignment '.skills[] | "\(.label)=\(.uri)"')
  title="$(story_assignment .title)"
  start="$(story_assignment .start_date)"
  end="$(story_assignment .end_date)"
  must publish --profile rotterdam assignment publish --title "$title" \
    --description "$(story_assignment .description)" --role interim-manager --level tactisch \
    "${skills[@]}" --place rotterdam --start "$start" --end "$end" --hours 36u --rate 92,50 \
    --client "Facilitaire Zaken"
  assignment="$(made_id)"
  local slug
  for slug in "${slugs[@]}"; do
    wait_until 20 "$slug de opdracht ziet" is_shown "$slug" "$assignment"
  done
  tell "  De opdracht is te zien bij alle ${#slugs[@]} leden. Bij Amsterdam bijvoorbeeld:"
  must shown --profile amsterdam assignment show "${assignment: -8}"
}

search_story() {
  local slug
  chapter "2. Rotterdam zoekt een interim-manager, minstens 24 uur per week, in de regio"
  for slug in "${slugs[@]}"; do
    wait_until 20 "$slug alle profielen kan lezen" can_read_profiles "$slug"
  done
  search_options=(search professionals --role interim-manager --hours 24u --start "$start"
    --end "$end" --near rotterdam --distance 40)
  must search --profile rotterdam "${search_options[@]}" --others
  quietly --profile rotterdam "${search_options[@]}" --others >"$root/answers/first-search.json" || true
}

lend_story() {
  local today
  today="$(TZ=Europe/Amsterdam date +%Y-%m-%d)"
  chapter "3. Zuid-Holland draagt iemand voor; dat belooft nog niets"
  must propose --profile zuid-holland secondment propose --assignment "${assignment: -8}" \
    --professional zuid-holland-01 --motivation "leidde eerder een facilitair team"
  exchange="$(made_id)"
  chapter "4. Rotterdam kiest, op voorwaarden; de plaats wordt vastgehouden"
  must select --profile rotterdam secondment select "${exchange: -8}" --hours 24u --rate 92,50 \
    --goals "Team op orde, opvolging geregeld" --decided-by "directeur Bedrijfsvoering"
  chapter "5. Zuid-Holland tekent; de uren zijn gereserveerd"
  must confirm --profile zuid-holland secondment confirm "${exchange: -8}" \
    --consent "professional=$today" --consent "leidinggevende=$today"
  chapter "6. Rotterdam tekent ook; de plaats is vervuld"
  must accept --profile rotterdam secondment accept "${exchange: -8}"
  wait_until 20 "de andere leden medeondertekend hebben" is_effective rotterdam "$exchange"
  tell "  De andere leden hebben medeondertekend: de detachering is van kracht."
  must effective --profile rotterdam secondment show "${exchange: -8}"
}

disclose_story() {
  chapter "7. Rotterdam vraagt wie het is; het knooppunt van Zuid-Holland antwoordt en legt het vast"
  must disclose --profile rotterdam professional disclose --exchange "${exchange: -8}" \
    --purpose "kennismaking op de eerste werkdag"
  must disclosures --profile zuid-holland professional disclosures
}

search_again_story() {
  chapter "8. Die uren worden nergens meer aangeboden"
  must search-again --profile amsterdam "${search_options[@]}"
}

session_story() {
  chapter "9. Amsterdam kondigt een kennisdeelsessie aan; twee leden melden iemand aan"
  must announce --profile amsterdam session announce --kind lezing \
    --title "$(story_session .title)" --description "$(story_session .description)" \
    --date "$(story_session .date)" --time "$(story_session .start_time)" \
    --minutes "$(story_session .duration_minutes)" --place "$(story_session .place)" \
    --places "$(story_session .places)"
  session="$(made_id)"
  must sign-up-1 --profile rotterdam session sign-up "${session: -8}" --participant "programmamanager 2"
  must sign-up-2 --profile haarlemmermeer session sign-up "${session: -8}" --participant "adviseur 4"
  wait_until 20 "Amsterdam beide aanmeldingen beantwoord heeft" has_two_places bzk-flex
  must sessions --profile bzk-flex session list --session "${session: -8}"
}
has_two_places() {
  quietly --profile "$1" session list --session "$session" |
    jq --exit-status '.sessions[0].places_taken == 2' >/dev/null
}

audit_story() {
  chapter "10. De netwerkcoördinator bij BZK Flex: wie leende aan wie, hoeveel uur, waarvoor"
  wait_until 20 "BZK Flex de voorwaarden kan lezen" can_read_terms bzk-flex-netwerk "$exchange"
  must exchanges --profile bzk-flex-netwerk audit exchanges
  chapter "11. En zij rekent het zelf na, tegen de getekende logboeken van beide kanten"
  must verify --profile bzk-flex-netwerk audit verify --exchange "${exchange: -8}"
  must export --profile bzk-flex-netwerk audit export --exchange "${exchange: -8}" --out "$root/answers/exchange.bundle"
  must verify-file audit verify --circle "$(cat "$root/circle/id")" "$root/answers/exchange.bundle"
}
can_read_terms() {
  quietly --profile "$1" audit exchanges |
    jq --exit-status --arg id "$2" '.exchanges[] | select(.exchange_id == $id) | .terms_readable' >/dev/null
}

play_story() {
  publish_story
  search_story
  lend_story
  disclose_story
  search_again_story
  session_story
  audit_story
}
