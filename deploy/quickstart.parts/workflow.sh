# Steps 3 and 4 of the quickstart, and the comparison of two given models. Sourced by
# deploy/quickstart.
# shellcheck shell=bash
# Expects: root, data, shown_data, keep, seed, scenario, baseline, candidate, test_file, task_file, on_sandbox,
# screen.sh, services.sh, build.sh.

tunegate() { "$root/bazel-bin/client/tunegate" "$@" --server "$(cat "$data/server.address")"; }

# list_scenarios WRONG_NAME
list_scenarios() {
  local file
  [[ -z $1 ]] || echo "quickstart: there is no scenario '$1'" >&2
  echo "scenarios:" >&2
  for file in "$root"/deploy/scenarios/*; do
    printf '  %-22s %s\n' "$(basename "$file")" "$(sed -n '1s/^# *//p' "$file")" >&2
  done
  exit 2
}

# Everything of an earlier run goes, but for the lock that is held.
begin_afresh() {
  if [[ -n $(running_pid server)$(running_pid sandbox) ]]; then
    stop_services
    echo "stopped the server and the sandbox that an earlier --keep left up"
  fi
  find "$data" -mindepth 1 -maxdepth 1 ! -name lock -exec rm -rf {} +
}

run_quickstart() {
  local -a options=()
  if [[ -n $scenario ]]; then
    read -r -a options <<<"$(grep -v '^#' "$root/deploy/scenarios/$scenario" | tr '\n' ' ')"
  else
    # The guide's settings, and five times its smallest training set: the sandbox's classifier has no
    # language to start from, and learns all it knows from these examples.
    options=(--train-count 2000 --epochs 3 --batch 1 --lr 2)
  fi
  echo "${bold}TuneGate quickstart${plain}: from nothing to a verdict." \
    "No OpenAI key; nothing leaves this machine."
  echo "Keeps: data and logs in $shown_data (removed by \`deploy/quickstart --clean\`)"
  [[ -z $scenario ]] || echo "Scenario: $scenario. $(sed -n '1s/^# *//p' "$root/deploy/scenarios/$scenario")"
  echo
  begin_afresh
  install_packages
  build_programs
  begin_step 3/4 start "sandbox and server on free ports of this machine"
  started=true
  start_sandbox_and_server
  end_step "sandbox $(cat "$data/sandbox.address")   server $(cat "$data/server.address")"
  announce_step 4/4 workflow "datasets, baseline, training, evaluation, decision"
  run_to_verdict --id quickstart --seed "$seed" "${options[@]}"
  write_report
  tell_what_now
  finish
}

run_comparison() {
  begin_comparison
  announce_step 4/4 workflow "$baseline against $candidate on $test_file"
  [[ -n $task_file ]] || infer_task
  local id
  id=compare-$(date +%s)
  tunegate task create "$task_file" --id "$id" >>"$data/setup.log" 2>&1 ||
    fail "the task was refused: $(tail -n 3 "$data/setup.log")" "mend $task_file, give it with --task"
  tunegate dataset import "$test_file" --task "$id" --split test --id "$id" >>"$data/setup.log" 2>&1 ||
    fail "$test_file was refused: $(grep -m 1 -iE 'error' "$data/setup.log")" \
      "mend the lines that the log names" "$data/setup.log"
  run_to_verdict --id "$id" --task "$id" --test "$id" --baseline "$baseline" --candidate "$candidate"
  write_report
  finish
}

# Brings up what the comparison runs on: the kept sandbox's server, or one of a real provider.
begin_comparison() {
  if $on_sandbox; then
    [[ -n $(running_pid server) ]] ||
      fail "no sandbox is up" "deploy/quickstart --keep   first; it also trains a model to compare"
    : >"$data/setup.log"
    return
  fi
  [[ -n ${OPENAI_API_KEY:-} ]] || fail "OPENAI_API_KEY is not set" \
    "export OPENAI_API_KEY=..., or --sandbox for models of the sandbox"
  begin_afresh
  install_packages
  build_programs
  begin_step 3/4 start "server on a free port of this machine"
  started=true
  local base_url=${OPENAI_BASE_URL:-https://api.openai.com/v1}
  write_config "providers { name: \"openai\" base_url: \"$base_url\" api_key_env: \"OPENAI_API_KEY\" }" \
    "$baseline"
  start_server
  end_step "server $(cat "$data/server.address")   provider $base_url"
}

# Drafts a task from the examples, and says what the draft guessed.
infer_task() {
  task_file=$data/task.textproto
  tunegate task infer "$test_file" >"$task_file" 2>"$data/setup.log" ||
    fail "no task can be read from $test_file: $(tail -n 2 "$data/setup.log" | tr '\n' ' ')" \
      "mend the file, or write a task textproto and give it with --task"
  echo "  task        drafted from your examples: $shown_data/task.textproto; check it, and give it" \
    "with --task"
}

verdict=''

# run_to_verdict OPTIONS...: runs the workflow on the screen and sets `verdict`. The CLI's own last
# line is held back: nothing may follow a verdict, and more is to be told.
run_to_verdict() {
  local status=0
  if $interactive; then
    tunegate workflow run "$@" 9>&- || status=$?
    case $status in 0 | 3 | 4) printf '\e[A\r\e[K' ;; esac
  else
    tunegate workflow run "$@" 9>&- 2>&1 | hold_back_verdict || status=${PIPESTATUS[0]}
  fi
  case $status in
    0) verdict=GO ;;
    3) verdict=NO_GO ;;
    4) verdict=INCONCLUSIVE ;;
    130) on_signal ;;
    *) fail "the workflow did not come to a verdict (exit $status)" \
      "what stands above says what to do; see also the log" "$data/server.log" ;;
  esac
  workflow_id=$2
}

hold_back_verdict() {
  local line
  while IFS= read -r line; do
    [[ $line == verdict:* ]] || printf '%s\n' "$line"
  done
}

write_report() {
  local decision
  decision=$(tunegate workflow show "$workflow_id" --output json |
    grep -o '"decision":"decisions/[^"]*"' | head -n 1 | cut -d'"' -f4)
  tunegate eval report "$decision" -o "$data/report.html" >"$data/report.log" 2>&1 ||
    fail "the report could not be written: $(tail -n 1 "$data/report.log")" "see the log" "$data/report.log"
  echo
  echo "  report           $shown_data/report.html"
}

tell_what_now() {
  echo "  what this shows  the machinery: the models are small local classifiers, not LLMs"
  if $keep; then
    echo "  try grpcurl      grpcurl -plaintext -d '{\"resources\":[\"decisions/-\"],\"after_position\":\"0\"}' \\"
    echo "                     $(cat "$data/server.address") tunegate.v1.EventService/WatchEvents"
    echo "  the CLI          bazel-bin/client/tunegate decision list --server $(cat "$data/server.address")"
    echo "  stop             deploy/quickstart --stop"
  else
    echo "  try grpcurl      deploy/quickstart --keep   leaves server and sandbox up; stop with --stop"
  fi
  echo "  your own data    tunegate task infer my.jsonl > my.textproto"
  echo "  your own models  deploy/quickstart --compare gpt-x ft:gpt-x:acme --test my.jsonl" \
    "(OPENAI_API_KEY)"
}

# Ends with the verdict as the last line and as the exit status.
finish() {
  if $keep; then started=false; fi
  if $started; then stop_services && started=false; fi
  echo "verdict: $verdict"
  case $verdict in
    GO) exit 0 ;;
    NO_GO) exit 3 ;;
    *) exit 4 ;;
  esac
}
