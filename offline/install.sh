#!/bin/sh
# Makes an environment and installs Guiju into it from the wheels beside this file; asks no network.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=${1:-guiju-env}
python=${PYTHON:-python3}
wanted=$(cat "$here/python-version")

refuse() {
    echo "install.sh: $1" >&2
    exit 2
}

found=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
    refuse "there is no Python called $python: install Python $wanted, or name it, as in PYTHON=python$wanted sh install.sh"
[ "$found" = "$wanted" ] ||
    refuse "$python is Python $found and this bundle is for $wanted: name it, as in PYTHON=python$wanted sh install.sh"
"$python" -c 'import ensurepip' 2>/dev/null ||
    refuse "$python cannot make environments: install Debian's python3-venv, from its disc where there is no network"

"$python" -m venv "$target"
"$target/bin/python" -m pip --disable-pip-version-check -qq install --no-index --find-links "$here/wheels" \
    --require-hashes -r "$here/requirements.lock"
"$target/bin/python" -m pip --disable-pip-version-check -qq install --no-index --no-deps "$here"/wheels/guiju-*.whl
echo "$("$target/bin/guiju" --version) is installed: $target/bin/guiju audit FOLDER"
