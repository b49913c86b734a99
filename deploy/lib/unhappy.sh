# shellcheck shell=bash
# The unhappy half: a node that dies, a seat and hours asked twice, a stranger.

rotterdam_head() {
  quietly --profile rotterdam log heads |
    jq --compact-output '.heads[] | select(.member == "rotterdam") | {size, root}'
}

kill_and_restart() {
  local before after
  chapter "12. Het knooppunt van Rotterdam valt om (kill -9) en start weer"
  before="$(rotterdam_head)"
  kill -KILL "${node_pids[rotterdam]}"
  wait "${node_pids[rotterdam]}" 2>/dev/null || true
  start_node rotterdam
  wait_until 60 "Rotterdam weer antwoordt" answers_status rotterdam
  wait_until 60 "de anderen het log van Rotterdam bevestigen" is_confirmed rotterdam
  after="$(rotterdam_head)"
  jq --null-input --argjson before "$before" --argjson after "$after" '{$before, $after}' \
    >"$root/answers/restart.json"
  tell "  Voor en na: $(jq --raw-output '"\(.before.size) en \(.after.size) gebeurtenissen, " +
    (if .before.root == .after.root then "dezelfde wortel" else "verder gegroeid" end)' \
    "$root/answers/restart.json"); de anderen bevestigden het hoofd, er is niets verloren."
  must effective-again --profile rotterdam secondment show "${exchange: -8}"
}

second_lender() {
  chapter "13. Een tweede uitlener wil dezelfde plaats"
  must second-propose --profile amsterdam secondment propose --assignment "${assignment: -8}" \
    --professional amsterdam-01 --motivation "ook beschikbaar"
  must_not seat-taken --profile rotterdam secondment select "$(made_id)"
}

second_host() {
  local today second
  today="$(TZ=Europe/Amsterdam date +%Y-%m-%d)"
  chapter "14. Een tweede inlener vraagt dezelfde professional voor dezelfde weken"
  must second-publish --profile haarlemmermeer assignment publish \
    --title "Interim-manager dienstverlening" --description "Tijdelijk leiding geven aan het klantcontactcentrum." \
    --role interim-manager --level tactisch --place haarlemmermeer --start "$start" --end "$end" \
    --hours 24u --rate 92,50 --client Dienstverlening
  must second-host-propose --profile zuid-holland secondment propose --assignment "$(made_id)" \
    --professional zuid-holland-01
  second="$(made_id)"
  must second-host-select --profile haarlemmermeer secondment select "${second: -8}"
  must_not promised-twice --profile zuid-holland secondment confirm "${second: -8}" \
    --consent "professional=$today" --consent "leidinggevende=$today"
  must second-host-decline --profile haarlemmermeer secondment decline "${second: -8}" \
    --reason "de uren zijn al toegezegd"
}

stranger() {
  local folder="$root/stranger" circle
  circle="$(cat "$root/circle/id")"
  chapter "15. Een vreemde klopt aan bij Rotterdam, met een eigen certificaat"
  mkdir -p "$folder"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj "/O=Vreemde/serialNumber=99999999100000009999" -keyout "$folder/key.pem" \
    -out "$folder/certificate.pem" 2>"$root/logs/stranger.log" || fail "openssl lukte niet"
  must_not stranger peer knock --address "$(peer_of rotterdam)" \
    --own-certificate "$folder/certificate.pem" --key "$folder/key.pem" \
    --server-certificate "$root/nodes/rotterdam/keys/peer.crt.pem" --circle-id "$circle"
  tell "  En dezelfde vraag over een poolcirkel die niet bestaat, krijgt hetzelfde antwoord:"
  must_not stranger-nowhere peer knock --address "$(peer_of rotterdam)" \
    --own-certificate "$folder/certificate.pem" --key "$folder/key.pem" \
    --server-certificate "$root/nodes/rotterdam/keys/peer.crt.pem" --circle-id "${circle//[0-7]/0}"
  jq --slurp . "$root/answers/step-stranger.json" "$root/answers/step-stranger-nowhere.json" \
    >"$root/answers/strangers.json"
}

play_unhappy_half() {
  kill_and_restart
  second_lender
  second_host
  stranger
  jq --null-input --arg assignment "$assignment" --arg exchange "$exchange" --arg session "$session" \
    --arg first_day "$start" --arg last_day "$end" \
    '{$assignment, $exchange, $session, $first_day, $last_day}' >"$root/story.json"
}
