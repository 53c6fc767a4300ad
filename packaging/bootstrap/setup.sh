# shellcheck shell=sh
# Read by run-example, run-tests and run-package: brings a machine to where Helios Render Manager runs from this checkout.
#
#   set_up app     what the app needs
#   set_up tests   what the app and its tests need
#   set_up package what building and trying the packages needs
#
# Leaves the virtual environment's programs in $venv/bin; for packages, a Python to build with in $python, as the build
# makes an environment of its own. Does nothing twice: a second call takes a moment.

root=$(cd "$(dirname "$0")/../.." && pwd)
venv=$root/.venv

# The libraries that PySide6's xcb, Wayland and offscreen platforms and its media backend load and that its wheels
# do not bring, as Debian's packages; and a font.
qt_packages="fonts-dejavu-core libdbus-1-3 libdrm2 libegl1 libfontconfig1 libgl1 libglib2.0-0 libpulse0 \
libwayland-client0 libwayland-cursor0 libwayland-egl1 libx11-6 libx11-xcb1 libxcb-cursor0 libxcb-icccm4 \
libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libxext6 \
libxkbcommon-x11-0 libxkbcommon0 libxrandr2"

# What the tests start, as PROGRAM:PACKAGE; asked for by program, since not everybody has them from Debian.
test_programs="Xvfb:xvfb appstreamcli:appstream blender:blender chromium:chromium \
chromium-headless-shell:chromium-headless-shell dbus-daemon:dbus-daemon \
desktop-file-validate:desktop-file-utils ffmpeg:ffmpeg import:imagemagick node:nodejs npm:npm objdump:binutils \
openbox:openbox update-mime-database:shared-mime-info xdotool:xdotool xwininfo:x11-utils"

# What the packages are made and tried with, in the same form.
package_programs="Xvfb:xvfb appstreamcli:appstream debootstrap:debootstrap desktop-file-validate:desktop-file-utils \
gio:libglib2.0-bin lintian:lintian man:man-db objdump:binutils openbox:openbox \
update-mime-database:shared-mime-info xdotool:xdotool xmllint:libxml2-utils"

say() {
    printf '%s\n' "$*" >&2
}

set_up() {
    case $1 in
        # A Debian package is built with Debian's Python: another one may look for libraries where only this machine
        # has them, which lintian refuses.
        package) find_python /usr/bin/python3 python3 ;;
        *) find_python python3 python3.13 python3.12 python3.11 ;;
    esac
    missing=$(missing_packages "$1")
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086  # a list of words
        install_packages $missing
    fi
    [ "$1" = package ] || make_environment "$1"
}

find_python() {
    for python in "$@"; do
        if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            return
        fi
    done
    say "Python 3.11, 3.12 or 3.13 is needed and none of them was found. Install one and run this again."
    exit 1
}

# The Debian packages still to install, one a line.
missing_packages() {
    command -v apt-get >/dev/null || return 0
    for package in $qt_packages; do
        is_installed "$package" || echo "$package"
    done
    "$python" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    case $1 in
        tests) programs=$test_programs ;;
        package)
            programs=$package_programs
            # Debian's Python does not use its shared library, but PyInstaller bundles it.
            library=$("$python" -c 'import sys; print("libpython%d.%d" % sys.version_info[:2] * (sys.prefix == "/usr"))')
            [ -z "$library" ] || is_installed "$library" || echo "$library"
            ;;
        *) programs= ;;
    esac
    for pair in $programs; do
        command -v "${pair%%:*}" >/dev/null || echo "${pair#*:}"
    done
}

is_installed() {
    dpkg-query --show --showformat '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

install_packages() {
    if [ "$(id -u)" -ne 0 ]; then
        say "These Debian packages are not installed, and installing them takes root:"
        say "  apt-get install $*"
        say "Going on without them."
        return 0
    fi
    say "Installing Debian packages: $*"
    log=$(mktemp)
    # A fresh machine has no package index, and an old index names files that are gone: fetch it when it is needed.
    if ! apt_install "$@" >"$log" 2>&1 && ! { apt-get update && apt_install "$@"; } >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        say "The packages could not be installed; apt-get says why above."
        exit 1
    fi
    rm -f "$log"
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "$@"
}

# The virtual environment, brought up to date when pyproject.toml changed, made anew when Python did.
make_environment() {
    extras=
    [ "$1" = tests ] && extras='[dev]'
    wanted="$("$python" --version) $(cksum <"$root/pyproject.toml")"
    for installed in "$venv/installed-$1" "$venv/installed-tests"; do
        [ "$(cat "$installed" 2>/dev/null)" = "$wanted" ] && return 0
    done
    say "Installing Python packages into $venv"
    if [ "$("$venv/bin/python" --version 2>/dev/null)" != "$("$python" --version)" ]; then
        "$python" -m venv --clear "$venv"
    fi
    if [ "$1" = app ] || ! install_with_uv "$root$extras"; then
        "$venv/bin/python" -m pip install -qq --disable-pip-version-check --editable "$root$extras"
    fi
    echo "$wanted" >"$venv/installed-$1"
}

# Installs packages in a quarter of pip's time; fails where pip has been told of an index that uv knows nothing of.
install_with_uv() {
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check uv &&
        "$venv/bin/uv" pip install --quiet --compile-bytecode --python "$venv/bin/python" --editable "$1"
}
