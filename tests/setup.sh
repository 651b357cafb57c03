#!/bin/sh
# Makes the virtual environment and installs the locked dependencies. Usage: setup.sh PYTHON VENV
set -eu
python=$1 venv=$2
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Outspoken needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1). Try: make PYTHON=python3.12 run" >&2
    exit 1
}
if [ ! -x "$venv/bin/python" ]; then
    echo "Setting up $venv (once, about a minute)..."
    # Debian's python3 may lack ensurepip: then virtualenv, put beside and not into the system, makes the environment.
    "$python" -m venv "$venv" 2>/dev/null || {
        rm -rf "$venv"
        "$python" -m pip install --quiet --target .boot virtualenv
        PYTHONPATH=.boot "$python" -m virtualenv --quiet "$venv"
    }
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=24'
# the warning that an editable installation is one helps nobody
PYTHONWARNINGS=ignore "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
