# Steps 1 and 2 of the quickstart: packages and build. Sourced by deploy/quickstart.
# shellcheck shell=bash
# Expects: root, data, install (true or false), screen.sh.

describe_packages() {
  local log=$1 count size what
  count=$(sed -n 's/^packages: \([0-9]*\) missing:.*/\1 missing/p' "$log" | tail -n 1)
  size=$(sed -n 's/^Need to get \(.*\) of archives.*/, \1 to fetch/p' "$log" | tail -n 1)
  what=$(grep -oE '^(Get:[0-9]+|Unpacking|Setting up) [a-z][^ ]*' "$log" | tail -n 1 || true)
  echo "${count:-looking}$size${what:+   $what}"
}

install_packages() {
  begin_step 1/4 packages "looking"
  if "$root/deploy/install_packages" --check >"$data/packages.log" 2>&1; then
    end_step "nothing missing"
    return
  fi
  $install || fail "packages are missing: $(tr '\n' ' ' <"$data/packages.log")" \
    "deploy/install_packages, or leave out --no-install" "$data/packages.log"
  # Asked for here, where the terminal is still ours.
  if ((EUID != 0)) && command -v sudo >/dev/null; then
    show_step "missing packages; apt-get asks for sudo"
    $interactive && printf '\n'
    sudo -v || fail "sudo was refused" "as root: deploy/install_packages" "$data/packages.log"
  fi
  watch_job "$data/packages.log" describe_packages "$root/deploy/install_packages" ||
    fail "$(sed -n 's/^install_packages: //p' "$data/packages.log" | tail -n 1)" \
      "$(sed -n 's/^remedy: //p' "$data/packages.log" | tail -n 1)" "$data/packages.log"
  end_step "$(describe_packages "$data/packages.log" | sed 's/ missing/ installed/; s/ to fetch.*//')"
}


describe_build() {
  local log=$1 counts finished total left=''
  counts=$(tr '\r' '\n' <"$log" | grep -oE '^\[[0-9,]+ / [0-9,]+\]' | tail -n 1 | tr -d '[], ' || true)
  [[ -n $counts ]] || {
    echo "Bazel reads the build files"
    return
  }
  finished=${counts%/*} total=${counts#*/}
  echo "$finished of $total actions$(time_left "$log" "$finished" "$total")   $(bar "$finished" "$total")"
}

# time_left LOG FINISHED TOTAL: "   about 6 min left on 2 cores", once there is something to go by.
time_left() {
  local elapsed=$((($(now_ms) - step_start) / 1000))
  ((elapsed >= 10 && $2 >= 20)) || return 0
  local seconds=$((elapsed * ($3 - $2) / $2))
  if ((seconds > 90)); then
    printf '   about %d min left on %d cores' $(((seconds + 30) / 60)) "$(nproc)"
  else
    printf '   about %d s left' "$seconds"
  fi
}

build_programs() {
  local log=$data/build.log
  begin_step 2/4 build "Bazel reads the build files"
  watch_job "$log" describe_build "$root/deploy/bazel" build \
    --show_progress --curses=no --color=no --show_progress_rate_limit=1 \
    ${TUNEGATE_CONFIG:+"--config=$TUNEGATE_CONFIG"} \
    //server:tunegated //server/sandbox:openai_sandbox //client:tunegate || explain_build_failure "$log"
  local actions
  actions=$(sed -n 's/^INFO: Build completed successfully, \([0-9]*\) total actions\{0,1\}$/\1/p' "$log" | tail -n 1)
  local work="$actions actions"
  ((${actions:-0} > 1)) || work="up to date"
  end_step "tunegated, openai_sandbox, tunegate: $work"
}

explain_build_failure() {
  local log=$1 cache=${TUNEGATE_CACHE:-${HOME:-/root}/.cache} cause
  if grep -q 'No space left on device' "$log"; then
    fail "no space left on $cache ($(df -Ph "$cache" | awk 'NR==2 {print $4}') free)" \
      "free some, or TUNEGATE_CACHE=/big/disk deploy/quickstart" "$log"
  fi
  if grep -qE 'Killed|virtual memory exhausted|Cannot allocate memory' "$log"; then
    fail "the compiler ran out of memory" \
      "free some, or build with fewer at once: deploy/bazel build --jobs=1 //server:tunegated" "$log"
  fi
  cause=$(grep -E '(: |^)(fatal )?error: |^ERROR: |^FATAL: ' "$log" | head -n 1)
  fail "${cause:-Bazel ended with an error}" "see the log; then run again, it goes on where it was" "$log"
}
