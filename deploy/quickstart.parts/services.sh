# Starts and stops the sandbox and the server of the quickstart. Sourced by deploy/quickstart.
# shellcheck shell=bash
# Expects: root, data (absolute folders), fail (screen.sh).

# address_in LOG: the HOST:PORT that a server said it listens on, or nothing.
address_in() { sed -n 's/^listening on //p' "$1" 2>/dev/null | head -n 1; }

# start_service NAME PROGRAM ARGUMENTS...: starts it and waits until it listens. Leaves its pid in
# $data/NAME.pid, its output in $data/NAME.log, its address in $data/NAME.address.
start_service() {
  local name=$1 log=$data/$1.log
  shift
  : >"$log"
  # Its own process group, so that Ctrl-C reaches this script alone, which then stops it in order;
  # without the quickstart's lock, which --keep would otherwise hold.
  setsid "$@" >>"$log" 2>&1 9>&- </dev/null &
  local pid=$! deadline=$((SECONDS + 60))
  echo "$pid" >"$data/$name.pid"
  while [[ -z $(address_in "$log") ]]; do
    if ! kill -0 "$pid" 2>/dev/null; then
      fail "the $name ended at once: $(tail -n 1 "$log")" "mend what it says, then run again" "$log"
    fi
    ((SECONDS < deadline)) || fail "the $name does not listen after 60 s" "see its log" "$log"
    sleep 0.05
  done
  address_in "$log" >"$data/$name.address"
}

# running_pid NAME: its pid, if that process still is the one that was started here.
running_pid() {
  local pid
  pid=$(cat "$data/$1.pid" 2>/dev/null) || return 0
  # A pid alone may by now be somebody else's: its command line must name our folder.
  if { tr '\0' '\n' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF "$data/"; then echo "$pid"; fi
}

# stop_service NAME: SIGTERM, then after 15 s SIGKILL. Says nothing when it does not run.
stop_service() {
  local pid deadline=$((SECONDS + 15))
  pid=$(running_pid "$1")
  if [[ -n $pid ]]; then
    kill -TERM "$pid" 2>/dev/null || true
    while [[ -n $(running_pid "$1") ]]; do
      if ((SECONDS >= deadline)); then kill -KILL "$pid" 2>/dev/null || true; fi
      sleep 0.05
    done
  fi
  rm -f "$data/$1.pid" "$data/$1.address"
}

stop_services() {
  stop_service server
  stop_service sandbox
}

# write_config PROVIDER_TEXTPROTO DEFAULT_MODEL: the server's configuration.
write_config() {
  cat >"$data/server.textproto" <<CONFIG
# Written by deploy/quickstart; the fields are told in proto/tunegate/config/v1/server_config.proto.
listen: "127.0.0.1:0"
data_dir: "$data/server"
store: "sqlite"
default_base_model: "$2"
$1
CONFIG
}

# start_sandbox_and_server: the pair that needs nothing from outside.
start_sandbox_and_server() {
  start_service sandbox "$root/bazel-bin/server/sandbox/openai_sandbox" \
    --listen 127.0.0.1:0 --data_dir "$data/sandbox" --chat_latency_ms 20
  # The sandbox takes any key; a file of its own keeps a real OPENAI_API_KEY out of it.
  (umask 077 && echo "quickstart" >"$data/sandbox.key")
  write_config "job_poll_interval { nanos: 250000000 }
providers {
  name: \"sandbox\"
  base_url: \"http://$(cat "$data/sandbox.address")/v1\"
  api_key_file: \"$data/sandbox.key\"
  sandbox: true
}" sandbox-keyword-1
  start_server
}

start_server() {
  start_service server "$root/bazel-bin/server/tunegated" --config "$data/server.textproto"
}
