# shellcheck shell=bash
# Builds the programs, sets up the members of the circle, starts and stops them.
#
# Below $root: nodes/SLUG.yaml, nodes/SLUG/ (data), logs/SLUG.log, tokens/,
# circle/ (charter and signatures), sample/, answers/, profiles.yaml.

declare -A node_pids=()
slugs=()
poolcirkel=''
poolcirkeld=''

install_and_build() {
  if [[ -z "$build" ]]; then
    "$here/install-dependencies" --build-only >"$root/install.log" 2>&1 || {
      cat "$root/install.log" >&2
      fail "de pakketten konden niet geïnstalleerd worden"
    }
    build="$source_root/build/release"
    compile
  fi
  [[ -d "$build" ]] || die "de map $build is er niet"
  build="$(cd "$build" && pwd)"
  poolcirkel="$build/bin/poolcirkel"
  poolcirkeld="$build/bin/poolcirkeld"
  [[ -x "$poolcirkel" && -x "$poolcirkeld" ]] || fail "in $build/bin staan de programma's niet"
}

compile() {
  local log="$root/build.log" pid last=''
  if [[ ! -f "$build/build.ninja" || "$source_root/CMakePresets.json" -nt "$build/build.ninja" ]]; then
    say "Voorbereiden om te bouwen …"
    (cd "$source_root" && cmake --preset release --log-level=WARNING) >"$log" 2>&1 || {
      tail -n 40 "$log" >&2
      fail "cmake lukte niet"
    }
  fi
  ninja -C "$build" poolcirkeld poolcirkel >"$log" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    last="$(grep --only-matching '^\[[0-9]*/[0-9]*\]' "$log" | tail -n 1 || true)"
    if [[ -t 1 ]]; then
      printf '\rBouwen %s\033[K' "$last"
    elif ((SECONDS % 15 == 0)) && [[ -n "$last" ]]; then
      say "Bouwen $last …"
      sleep 1
    fi
    sleep 0.2
  done
  [[ ! -t 1 ]] || printf '\r\033[K'
  wait "$pid" || {
    tail -n 40 "$log" >&2
    fail "het bouwen lukte niet"
  }
}

# A port is free when nobody answers on it.
is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# hold_ports FIRST: keeps every other deploy/try on this machine off the row of ports that
# begins there, until this one and its nodes, which inherit the lock, are gone.
hold_ports() {
  local file="/tmp/poolcirkel-ports-$1" ports_lock
  # Another user's file is opened for reading, which is enough to lock it.
  [[ -e "$file" ]] || : >>"$file" || return 1
  exec {ports_lock}<"$file" || return 1
  flock --nonblock "$ports_lock" && return
  exec {ports_lock}<&-
  return 1
}

# Leaves the first of a row of ports in `first_port`, two for each member: free, and held.
take_ports() {
  local port
  for ((first_port = 17101; first_port < 20000; first_port += 100)); do
    for ((port = first_port; port < first_port + 2 * members; port++)); do
      is_free "$port" || continue 2
    done
    hold_ports "$first_port" && return
  done
  return 1
}

# write_config SLUG API_PORT PEER_PORT
write_config() {
  jq --raw-output --arg slug "$1" --arg api "127.0.0.1:$2" --arg peer "127.0.0.1:$3" '
    .[] | select(.slug == $slug)
    | "member:", "  short_name: \(.slug)", "  organisation: \(.name)", "  oin: \"\(.oin)\"",
      "  latitude: \(.location.latitude_e4 / 10000)", "  longitude: \(.location.longitude_e4 / 10000)",
      "data_directory: \(.slug)",
      "api:", "  listen: \($api)",
      "peer:", "  listen: \($peer)", "  addresses: [\"\($peer)\"]",
      "logging:", "  format: json"' "$root/sample/members.json" >"$root/nodes/$1.yaml"
}

api_of() { sed -n '/^api:/{n;s/.*listen: //p}' "$root/nodes/$1.yaml"; }
peer_of() { sed -n '/^peer:/{n;s/.*listen: //p}' "$root/nodes/$1.yaml"; }

# write_profile NAME SLUG TOKEN
write_profile() {
  printf '  %s:\n    address: %s\n    certificate: %s\n    token_file: %s\n    circle: randstad\n' \
    "$1" "$(api_of "$2")" "nodes/$2/keys/api.crt.pem" "tokens/$3"
  if [[ -f "$root/circle/id" ]]; then
    printf '    circle_id: %s\n' "$(cat "$root/circle/id")"
  fi
}

write_profiles() {
  local slug
  {
    echo 'profiles:'
    for slug in "${slugs[@]}"; do
      write_profile "$slug" "$slug" "$slug.pool"
      write_profile "$slug-beheer" "$slug" "$slug.admin"
    done
    write_profile bzk-flex-netwerk bzk-flex bzk-flex.network
    write_profile bzk-flex-toezicht bzk-flex bzk-flex.audit
  } >"$root/profiles.yaml"
}

init_node() {
  "$poolcirkeld" init --config "$root/nodes/$1.yaml" --token-file "$root/tokens/$1.admin" \
    >"$root/logs/$1.init.log" 2>&1 || {
    cat "$root/logs/$1.init.log" >&2
    return 1
  }
}

# Makes what is not there yet; what is there stays as it is.
prepare_circle() {
  local port
  mkdir -p "$root"/{nodes,logs,tokens,circle,answers}
  chmod 700 "$root/tokens"
  if [[ -f "$root/members" ]]; then
    mapfile -t slugs <"$root/members"
    ((${#slugs[@]} == members)) || say "In $root staan ${#slugs[@]} leden; daarmee gaat het verder."
    port="$(api_of "${slugs[0]}")"
    hold_ports "${port##*:}" ||
      fail "een andere deploy/try gebruikt de poorten vanaf ${port##*:}; stop die eerst"
    return
  fi
  [[ -z "$(ls -A "$root/nodes")" ]] || fail "een vorige start in $root is halverwege gestopt; begin met een lege map"
  "$here/sample/generate" --out "$root/sample" --members "$members"
  mapfile -t slugs < <(jq --raw-output '.[].slug' "$root/sample/members.json")
  local first_port index
  take_ports || fail "er zijn geen vrije poorten vanaf 17101"
  for index in "${!slugs[@]}"; do
    write_config "${slugs[$index]}" $((first_port + index)) $((first_port + members + index))
  done
  in_parallel init_node "${slugs[@]}" || fail "het inrichten van de knooppunten lukte niet"
}

start_node() {
  "$poolcirkeld" --config "$root/nodes/$1.yaml" >>"$root/logs/$1.log" 2>&1 &
  node_pids[$1]=$!
}

answers_status() {
  kill -0 "${node_pids[$1]}" 2>/dev/null || {
    tail -n 5 "$root/logs/$1.log" >&2
    fail "het knooppunt van $1 is gestopt; zie $root/logs/$1.log"
  }
  quietly --profile "$1-beheer" node status >"$root/answers/status-$1.json"
}

# The node serves, and its peers confirmed that it may go on writing.
is_confirmed() {
  answers_status "$1" && jq --exit-status '.serving and
    ([.circles[] | select(.short_name == "randstad") | .feeds[] | select(.state | startswith("FEED_STATE_OWN"))]
     | length > 0 and all(.state == "FEED_STATE_OWN"))' "$root/answers/status-$1.json" >/dev/null
}

make_entry() {
  quietly --profile "$1-beheer" circle entry --short-name "$1" --out "$root/circle/$1.json" >/dev/null
}
sign_charter() {
  quietly --profile "$1-beheer" circle sign --charter "$root/circle/charter.bin" \
    --out "$root/circle/$1.signature.json" >/dev/null
}
found_circle() {
  "$poolcirkel" --profile "$1-beheer" circle found --charter "$root/circle/charter.bin" \
    --signature "$root"/circle/*.signature.json >"$root/logs/$1.found.log" 2>&1 || {
    cat "$root/logs/$1.found.log" >&2
    return 1
  }
}
issue_tokens() {
  quietly --profile "$1-beheer" token issue --user "coordinator@$1" --role pool_coordinator \
    --out "$root/tokens/$1.pool" >/dev/null || return 1
  [[ "$1" == bzk-flex ]] || return 0
  quietly --profile bzk-flex-beheer token issue --user netwerk@bzk-flex --role network_coordinator \
    --out "$root/tokens/bzk-flex.network" >/dev/null &&
    quietly --profile bzk-flex-beheer token issue --user toezicht@bzk-flex --role auditor \
      --out "$root/tokens/bzk-flex.audit" >/dev/null
}

found_everywhere() {
  local entries=() slug
  for slug in "${slugs[@]}"; do entries+=("$root/circle/$slug.json"); done
  in_parallel make_entry "${slugs[@]}" || fail "de gegevens van de leden konden niet gemaakt worden"
  "$poolcirkel" circle draft --rules "$here/sample/charter-randstad.yaml" --entry "${entries[@]}" \
    --out "$root/circle/charter.bin" >"$root/circle/draft.txt"
  tail -n 1 "$root/circle/draft.txt" >"$root/circle/id"
  in_parallel sign_charter "${slugs[@]}" || fail "niet alle leden konden de afspraken tekenen"
  in_parallel found_circle "${slugs[@]}" || fail "de poolcirkel kon niet opgericht worden"
  in_parallel issue_tokens "${slugs[@]}" || fail "de toegangsbewijzen konden niet gemaakt worden"
  write_profiles
  printf '%s\n' "${slugs[@]}" >"$root/members"
}

start_circle() {
  local slug
  export POOLCIRKEL_PROFILES="$root/profiles.yaml"
  unset POOLCIRKEL_PROFILE
  # Of a circle that was founded they stay as they are: people add their own.
  [[ -f "$root/members" && -f "$root/profiles.yaml" ]] || write_profiles
  say "${#slugs[@]} knooppunten starten: ${slugs[*]} …"
  for slug in "${slugs[@]}"; do start_node "$slug"; done
  for slug in "${slugs[@]}"; do
    wait_until 60 "het knooppunt van $slug antwoordt" answers_status "$slug"
  done
  [[ -f "$root/members" ]] || found_everywhere
  for slug in "${slugs[@]}"; do
    wait_until 60 "de anderen het log van $slug bevestigen" is_confirmed "$slug"
  done
  say "Poolcirkel Randstad draait: ${#slugs[@]} leden, elk met een eigen knooppunt en log."
}

load_one() {
  quietly --profile "$1" sample load "$root/sample/rest" >"$root/logs/$1.load.log" || {
    "$poolcirkel" --profile "$1" sample load "$root/sample/rest" >&2
    return 1
  }
}

# All but the assignment and the session that the story itself makes.
load_samples() {
  mkdir -p "$root/sample/rest"
  jq '.[1:]' "$root/sample/assignments.json" >"$root/sample/rest/assignments.json"
  jq '.[1:]' "$root/sample/sessions.json" >"$root/sample/rest/sessions.json"
  cp "$root/sample/professionals.json" "$root/sample/rest/"
  in_parallel load_one "${slugs[@]}" || fail "de voorbeeldgegevens konden niet ingelezen worden"
  say "Voorbeeldgegevens ingelezen: $(jq length "$root/sample/professionals.json") professionals, $(jq length "$root/sample/rest/assignments.json") opdrachten."
}

stop_circle() {
  local slug pid deadline
  for slug in "${!node_pids[@]}"; do kill -TERM "${node_pids[$slug]}" 2>/dev/null || true; done
  deadline=$((SECONDS + 15))
  for slug in "${!node_pids[@]}"; do
    pid="${node_pids[$slug]}"
    while kill -0 "$pid" 2>/dev/null && ((SECONDS < deadline)); do
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  node_pids=()
}

# Runs at every end of deploy/try.
finish() {
  local end=$?
  trap '' INT TERM
  stop_circle
  if [[ -z "$data" ]]; then
    if ((keep_logs)); then
      say "De logboeken staan in $root"
    else
      rm -rf "$root"
    fi
  fi
  exit "$end"
}

stay_up() {
  local slug
  say ''
  say "${bold}Alles blijft draaien; Ctrl-C stopt de poolcirkel.$plain"
  while true; do
    for slug in "${!node_pids[@]}"; do
      kill -0 "${node_pids[$slug]}" 2>/dev/null ||
        fail "het knooppunt van $slug is gestopt; zie $root/logs/$slug.log"
    done
    sleep 1
  done
}
