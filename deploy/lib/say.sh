# shellcheck shell=bash
# What deploy/try prints, and how it runs a command of the story.

if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then
  bold=$'\033[1m' dim=$'\033[2m' red=$'\033[31m' green=$'\033[32m' plain=$'\033[0m'
else
  bold='' dim='' red='' green='' plain=''
fi

say() { printf '%s\n' "$*"; }

die() {
  printf 'deploy/try: %s\n' "$*" >&2
  exit 2
}

# Ends the program because something went wrong, with what may explain it.
fail() {
  printf '%sdeploy/try: %s%s\n' "$red" "$*" "$plain" >&2
  keep_logs=1
  exit 1
}

# What the story tells; not in --check, which prints checks only.
tell() {
  printf '%s\n' "$*" >>"$root/story.log"
  ((check)) || printf '%s\n' "$*"
}

chapter() {
  tell ''
  tell "$bold$*$plain"
}

# The words of a command as somebody would type them.
typed() {
  local word line=''
  for word in "$@"; do
    if [[ "$word" =~ ^[A-Za-z0-9_./:=@,%+-]+$ ]]; then
      line+=" $word"
    else
      line+=" \"$word\""
    fi
  done
  printf '%s' "${line# }"
}

# step NAME COMMAND...: runs `poolcirkel COMMAND...`, tells command and answer, and
# keeps both as answers/step-NAME.json. The exit code is left in `code`, the answer
# in `answer`; never fails itself.
step() {
  local name="$1"
  shift
  tell "  $dim\$ $(typed poolcirkel "$@")$plain"
  code=0
  answer="$("$poolcirkel" --wait 15 --deadline 60 "$@" 2>&1)" || code=$?
  tell "$(sed 's/^/    /' <<<"$answer")"
  jq --null-input --arg output "$answer" --argjson code "$code" --arg command "$(typed "$@")" \
    '{exit_code: $code, $command, $output}' >"$root/answers/step-$name.json"
}

# As step, for what has to succeed.
must() {
  step "$@"
  if [[ $code -ne 0 ]]; then
    printf '%s\n' "$answer" >&2
    fail "dit had moeten lukken (afsluitcode $code): poolcirkel $(typed "${@:2}")"
  fi
}

# As step, for what a rule must refuse. What it said is checked by --check.
must_not() {
  local name="$1"
  step "$@"
  [[ $code -ne 0 ]] || fail "dit had geweigerd moeten worden: poolcirkel $(typed "${@:2}")"
}

# The id in the answer of a command that made something.
made_id() { sed -n 's/^id  //p' <<<"$answer" | head -n 1; }

# quietly COMMAND...: the answer as JSON, or nothing.
quietly() { "$poolcirkel" --json "$@" 2>/dev/null; }

# wait_until SECONDS WHAT COMMAND...: runs the command until it succeeds; more members on
# one machine get more time.
wait_until() {
  local deadline=$((SECONDS + $1 * ((${#slugs[@]} + 4) / 5))) what="$2"
  shift 2
  until "$@"; do
    ((SECONDS < deadline)) || fail "het duurde te lang tot $what"
    sleep 0.15
  done
}

# in_parallel FUNCTION ARGUMENT...: once for each argument, all at the same time.
in_parallel() {
  local function="$1" argument pid failed=0
  local pids=()
  shift
  for argument in "$@"; do
    "$function" "$argument" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid" || failed=1
  done
  return "$failed"
}
