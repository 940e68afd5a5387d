# shellcheck shell=sh
# Sourced by the scripts beside it: enters the checkout, makes sure that .venv is current, sets $python.
# A second start costs one hash of requirements.txt.
unset PYTHONPATH PYTHONHOME PYTHONSTARTUP VIRTUAL_ENV DJANGO_SETTINGS_MODULE
unset PYTHONDONTWRITEBYTECODE  # ten processes that each compile Django take half a minute to start
cd -P "$(dirname "$0")/.." || exit 1
root=$(pwd)
python=$root/.venv/bin/python

usage() {  # prints the comment at the top of the calling script
  sed -n '2,/^[^#]/{s/^# \{0,1\}//p;}' "$root/bin/$(basename "$0")"
}

find_python() {
  for name in python3 python3.13 python3.12 python3.11 /usr/bin/python3 "$(uv python find '>=3.11,<3.14' 2>/dev/null)"; do
    found=$(command -v "$name" 2>/dev/null) || continue
    if "$found" -I -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; then
      "$found" -I -c 'import sys; print(sys.executable)'
      return
    fi
  done
  return 1
}

ensure_venv() {
  "$python" -I -S pipeline/local/install.py --check 2>/dev/null && return
  base=$(find_python) || {
    echo "setup: no Python 3.11, 3.12 or 3.13 was found on PATH. Install one (Debian 12: apt-get install python3) and run this again." >&2
    exit 1
  }
  "$base" -I pipeline/local/install.py || exit 1
}
