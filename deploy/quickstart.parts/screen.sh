# What the quickstart writes: one line a step, live on a terminal, plain off it; and failures as one
# cause and one remedy. Sourced by deploy/quickstart.
# shellcheck shell=bash

readonly COLUMNS_WIDE=98
interactive=false
[[ -t 1 && ${TERM:-dumb} != dumb ]] && interactive=true
bold='' faint='' plain=''
if $interactive && [[ -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' faint=$'\e[2m' plain=$'\e[0m'
fi

# Seconds since the epoch with milliseconds, as a whole number of milliseconds.
now_ms() { local t=${EPOCHREALTIME/[.,]/}; echo "$((t / 1000))"; }

# elapsed_text MS: "0.4s" or "1m 12s"; off a terminal always seconds.
elapsed_text() {
  local ms=$1
  if $interactive && ((ms >= 59950)); then
    printf '%dm %02ds' $((ms / 60000)) $((ms / 1000 % 60))
  else
    printf '%d.%ds' $((ms / 1000)) $((ms / 100 % 10))
  fi
}

step_name='' step_text='' step_start=0 step_open=false

# begin_step NUMBER NAME TEXT
begin_step() {
  step_name=$(printf '[%s] %-10s' "$1" "$2")
  step_text=$3
  step_start=$(now_ms)
  # Off a terminal the line is begun here and ended by end_step: it says what is at work.
  if $interactive; then show_step "$3"; else printf '%s ' "$step_name"; fi
  step_open=true
}

# announce_step NUMBER NAME TEXT: a step whose progress somebody else draws below it.
announce_step() {
  step_name=$(printf '[%s] %-10s' "$1" "$2")
  printf '%s%s%s %s\n\n' "$bold" "$step_name" "$plain" "$3"
}

# show_step TEXT [RIGHT]: redraws the step's line; nothing off a terminal.
show_step() {
  step_text=$1
  $interactive || return 0
  local room=$((COLUMNS_WIDE - 17))
  printf '\r\e[K%s%s%s %s' "$bold" "$step_name" "$plain" "${1:0:room}"
  if [[ -n ${2:-} ]]; then printf '  %s' "$2"; fi
}

# end_step [TEXT]: the step is done.
end_step() {
  local text=${1:-$step_text} took
  took=$(elapsed_text $(($(now_ms) - step_start)))
  if $interactive; then
    printf '\r\e[K%s%s%s %-60s  done  %s%8s%s\n' "$bold" "$step_name" "$plain" "$text" \
      "$faint" "$took" "$plain"
  else
    printf '%s  done  %s\n' "$text" "$took"
  fi
  step_open=false
}

# bar DONE TOTAL: twenty cells.
bar() {
  local filled=$((20 * $1 / ($2 > 0 ? $2 : 1))) cells=''
  while ((${#cells} < filled)); do cells+='█'; done
  while ((${#cells} < 20)); do cells+='░'; done
  printf '%s' "$cells"
}

# fail CAUSE REMEDY [LOG]: says so and ends with 1; what was started is stopped by the exit trap.
fail() {
  if $interactive; then
    printf '\r\e[K%s ' "${step_name:-quickstart}"
  elif ! $step_open; then
    printf '%s ' "${step_name:-quickstart}"
  fi
  printf 'failed: %s\n' "$1"
  printf '                 remedy: %s\n' "$2"
  if [[ -n ${3:-} ]]; then printf '                 log: %s\n' "$3"; fi
  exit 1
}

# watch_job LOG DESCRIBE COMMAND...: runs COMMAND with its output in LOG, and draws what DESCRIBE
# prints about LOG until it ends. Returns COMMAND's status.
watch_job() {
  local log=$1 describe=$2
  shift 2
  "$@" >"$log" 2>&1 9>&- &
  job_pid=$!
  if $interactive; then
    while kill -0 "$job_pid" 2>/dev/null; do
      show_step "$("$describe" "$log")"
      sleep 0.3
    done
  fi
  local status=0
  wait "$job_pid" || status=$?
  job_pid=''
  return "$status"
}
